"""The report: one page with pictures, which opens offline in any browser and loads nothing.

`facts` collects the facts, `pictures` makes small copies of photos, `charts` draws, and
`page` puts the page together from `sections`. All of them write HTML with `markup`, which
escapes every text from outside.
"""
