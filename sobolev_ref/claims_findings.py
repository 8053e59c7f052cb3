def findings(t):
    return ["x"]
