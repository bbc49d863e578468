"""What the files of a project are called; known to those who only look whether something is a project."""

SUFFIX = ".msgproj"
DATABASE = "project.db"
MIRROR = "project.json"
