"""The admin's desk for words, photographs, clusters and stimuli."""

from generation.admin import clusters, contents, stimuli, web_images, words

__all__ = ["clusters", "contents", "stimuli", "web_images", "words"]
