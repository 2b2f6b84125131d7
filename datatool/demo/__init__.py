"""`datatool demo`: the main job on embedded data."""
