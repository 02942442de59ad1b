"""What to expect of rolling at home, said once.

Months, healing for up to two, milder than at a clinic: leaflets of clinics, health blogs (B, C).
Not meant to go into the skin, hard to clean, dull quickly: the American Academy of Dermatology
(A). Advice against rolling at home: the same, and dermatologists (B). What no nurse's guide knows:
own.
"""

EXPECTATIONS = (
    "What rolling brings shows over months: skin heals for up to two of them. At home it is milder"
    " than at a clinic. Dermatologists advise against rolling at home: home rollers are not meant"
    " to go into the skin, are hard to clean and dull quickly. Needles over 0.5 mm at home are our"
    " permission alone."
)
