"""Files that come from other programs or go to them: JSON, CSV, calendars, photos."""
