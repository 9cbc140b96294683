using Kindred.Data;
using Kindred.Numerics;
using Kindred.Reranking;

namespace Kindred.Configuration;

/// <summary>Finds the columns that a config names, and gives them to its stages.</summary>
internal static class Columns
{
    private const string OfUser = "user.";

    /// <returns>What stages may look at; columns that requests alone have are there, and empty.</returns>
    /// <param name="embeddings">[items, d] by source; null: none.</param>
    public static RerankingInputs InputsFor(
        PipelineConfig config, Interactions data, IReadOnlyDictionary<string, Matrix>? embeddings = null)
    {
        var inputs = new RerankingInputs(data) { Embeddings = embeddings ?? new Dictionary<string, Matrix>() };
        foreach (var (name, kind) in config.Context)
        {
            inputs = name.StartsWith(OfUser, StringComparison.Ordinal)
                ? inputs with { Users = With(inputs.Users, name[OfUser.Length..], kind) }
                : inputs with { Context = With(inputs.Context, name, kind) };
        }
        return inputs;
    }

    private static Catalog With(Catalog catalog, string name, AttributeKind kind)
    {
        if (catalog.Labels.ContainsKey(name) || catalog.Numbers.ContainsKey(name)) return catalog; // what the data say goes before
        float[] unknown = new float[catalog.Count];
        unknown.AsSpan().Fill(float.NaN);
        return kind == AttributeKind.Labels
            ? catalog with { Labels =
                new Dictionary<string, LabelColumn>(catalog.Labels) { [name] = LabelColumn.From(new string?[catalog.Count]) } }
            : catalog with { Numbers = new Dictionary<string, NumberColumn>(catalog.Numbers) { [name] = new(unknown) } };
    }

    /// <param name="whose">"items" or "users".</param>
    /// <exception cref="InputException">There is no such column of labels.</exception>
    public static LabelColumn Labels(Catalog catalog, string name, string whose) => catalog.LabelsNamed(name, whose);
}
