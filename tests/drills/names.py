"""The event types of the drills, for those who send them and those who handle them."""

WORK = "drill.work"
DOOMED = "drill.doomed"
MENDED = "drill.mended"
