"""What the generator knows: words, their web images, the clusters of these, and the stimuli."""

from generation.models.clusters import Clustering, ClusterMember, StyleCluster
from generation.models.contents import ContentImage
from generation.models.maps import StyleMap
from generation.models.stimuli import Recipe, StylisedImage
from generation.models.web_images import (
    Description,
    LicenceDemand,
    LicenceStanding,
    Search,
    WebImage,
)
from generation.models.words import Word

__all__ = [
    "ClusterMember",
    "Clustering",
    "ContentImage",
    "Description",
    "LicenceDemand",
    "LicenceStanding",
    "Recipe",
    "Search",
    "StyleCluster",
    "StyleMap",
    "StylisedImage",
    "WebImage",
    "Word",
]
