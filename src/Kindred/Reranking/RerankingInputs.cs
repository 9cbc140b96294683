using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Reranking;

/// <summary>What stages behind the ranker may need. Immutable.</summary>
/// <param name="Data">What is known now: users of items, and attributes.</param>
internal sealed record RerankingInputs(Interactions Data)
{
    /// <summary>For stages that look at candidates alone.</summary>
    internal static RerankingInputs None { get; } = new(new Interactions(new([]), new([]), new(new int[1], default, default, default)));

    /// <summary>[items, d] by the name of the source whose model has them.</summary>
    public IReadOnlyDictionary<string, Matrix> Embeddings { get; init; } = new Dictionary<string, Matrix>();

    /// <summary>The columns of users that rules may ask for: those of the data, and those that only requests have.</summary>
    public Catalog Users { get; init; } = Data.UserAttributes;

    /// <summary>The columns of requests that rules may ask for.</summary>
    public Catalog Context { get; init; } = Data.Context;

    /// <exception cref="InputException">The items have no such column of labels.</exception>
    internal LabelColumn LabelsOfItems(string column) => Data.ItemAttributes.LabelsNamed(column, "items");
}
