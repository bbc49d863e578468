"""The sync maps of what is selected, the lag curve, and what they say in words."""
