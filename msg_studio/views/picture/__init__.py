"""The picture at the playhead."""
