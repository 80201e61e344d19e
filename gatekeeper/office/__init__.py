"""What people do at desks: importing guests, handing lists out.

This room knows files and forms; the database side of each act is in `gatekeeper.db`. It
knows no reader, no gate and no web page.
"""
