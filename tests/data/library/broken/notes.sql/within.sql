no revision
