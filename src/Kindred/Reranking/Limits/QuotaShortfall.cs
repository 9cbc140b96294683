namespace Kindred.Reranking.Limits;

/// <summary>A quota that the candidates of a request could not meet.</summary>
/// <param name="User">The query's.</param>
/// <param name="Wanted">How many items with the label were to be in the list.</param>
/// <param name="Got">How many are.</param>
internal sealed record QuotaShortfall(int User, string Attribute, string Label, int Wanted, int Got);
