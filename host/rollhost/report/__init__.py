"""The report: one page with pictures, that opens offline in any browser and loads nothing.

`facts` gathers what is known, `pictures` makes photos small, `charts` draws, `page`
puts the page together from `sections` and `dermatologist`. All of them write with `markup`, which
escapes whatever comes from outside.
"""
