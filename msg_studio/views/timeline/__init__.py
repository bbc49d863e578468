"""The timeline: lanes with events and hit points, drawn and edited."""
