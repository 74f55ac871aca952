class Dim:
    pass
