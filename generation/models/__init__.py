"""What the generator knows: words, their web images, the clusters of these, and the stimuli."""

from generation.models.clusters import Clustering, ClusterMember, StyleCluster
from generation.models.contents import ContentImage
from generation.models.stimuli import Leased, Recipe, StylisedImage
from generation.models.web_images import Description, Search, WebImage
from generation.models.words import Word

__all__ = [
    "ClusterMember",
    "Clustering",
    "ContentImage",
    "Description",
    "Leased",
    "Recipe",
    "Search",
    "StyleCluster",
    "StylisedImage",
    "WebImage",
    "Word",
]
