using System.Globalization;
using Kindred.Data;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred.Models.Towers;

/// <summary>
/// Users and items embedded from their features: the user's tower is run for each query, that of the items was run when the model was made.
/// It is trained elsewhere, by Kindred.Neural; here it is served, without any native library.
/// </summary>
/// <remarks>Score: the cosine of both embeddings. Cost of a query: (history + attributes)·d + 4·d·h flops.</remarks>
/// <param name="attributes">Of the items of a history.</param>
/// <param name="attention">Null: all items of a history count alike.</param>
/// <param name="table">[columns, d] of all features.</param>
/// <param name="embeddings">[items, d], of length 1; zero: nothing is known of the item.</param>
/// <param name="users">[users], attributes.</param>
internal sealed class TowerModel(
    Vocabulary items, int historyLength, FeatureSpace space, FeatureRows users, HistoryAttributes attributes, HistoryAttention? attention,
    Matrix table, Tower tower,
    Matrix embeddings) : IEmbeddingModel, IContextModel
{
    private readonly QueryFeatures _features = new(
        space, users, historyLength, attributes, attention is null ? null : (columns, block) => attention!.Add(table, columns, block));

    public Vocabulary Items => items;

    public IReadOnlyCollection<string> ContextLabels => _features.ContextLabels;

    public IReadOnlyCollection<string> ContextNumbers => _features.ContextNumbers;

    public Matrix ItemEmbeddings => embeddings;

    /// <returns>[items, d]: every item's features through its tower; zero where there are none.</returns>
    /// <param name="rows">[items]</param>
    public static Matrix Embed(FeatureRows rows, Matrix table, Tower tower)
    {
        var embeddings = new Matrix(rows.Count, table.Columns);
        var hidden = new float[tower.In.Rows];
        for (int item = 0; item < rows.Count; item++)
            if (!rows.ColumnsOf(item).IsEmpty) tower.Embed(table, rows.ColumnsOf(item), rows.ValuesOf(item), hidden, embeddings.Row(item));
        return embeddings;
    }

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        var block = new FactorizationBlock();
        _features.Add(query, block);
        if (block.Pending == 0) return false;
        block.End(0, 1);
        tower.Embed(table, block.Columns, block.Values, new float[tower.In.Rows], embedding);
        return true;
    }

    public void Save(TensorWriter writer)
    {
        writer.AddText("historyLength", historyLength.ToString(CultureInfo.InvariantCulture));
        writer.Add("table", table);
        writer.Add("user.in", tower.In);
        writer.Add("user.in.bias", tower.InBias);
        writer.Add("user.out", tower.Out);
        writer.Add("user.out.bias", tower.OutBias);
        writer.Add("items", embeddings);
        space.Save(writer);
        users.Save(writer, "userAttributes");
        attributes.Save(writer);
        attention?.Save(writer);
    }

    public static TowerModel Load(TensorFile file, Vocabulary items)
    {
        var table = file.Matrix("table");
        var space = FeatureSpace.Load(file, table.Rows);
        return new(
            items, int.Parse(file.Text("historyLength"), CultureInfo.InvariantCulture), space,
            FeatureRows.Load(file, "userAttributes"), HistoryAttributes.Load(file, space), HistoryAttention.Load(file), table,
            new(file.Matrix("user.in"), file.Matrix("user.in.bias"), file.Matrix("user.out"), file.Matrix("user.out.bias")),
            file.Matrix("items"));
    }
}
