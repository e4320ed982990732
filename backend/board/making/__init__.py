"""Mode panne: a visit that the office makes here while ERPNext is away."""
