"""The judge: a second, independent model of picture and sound, for evaluation only.

It differs from SF-CAVP in seeds, scenes, front end and temporal network. Nothing that trains,
ranks or ships a model may ask it, and its weights are never bundled: else its word is worth
nothing where SF-CAVP's own is in doubt.
"""
