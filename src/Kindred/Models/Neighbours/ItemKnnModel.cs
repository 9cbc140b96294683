using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Neighbours;

/// <summary>Scores by the table of similar items.</summary>
internal sealed class ItemKnnModel : IExplainableModel
{
    private readonly Recency _recency;

    internal ItemKnnModel(Vocabulary items, ItemKnn options, SimilarityTable table, ReadOnlyMemory<long> users)
    {
        Items = items;
        Options = options;
        Table = table;
        Users = users;
        _recency = options.Recency;
    }

    public Vocabulary Items { get; }

    public SimilarityTable Table { get; }

    internal ItemKnn Options { get; }

    /// <summary>
    /// [users] of the training data: identifies what each of them had, so that training can continue where something has changed.
    /// </summary>
    internal ReadOnlyMemory<long> Users { get; }

    /// <returns>Scores of nobody yet, to which events are added one by one.</returns>
    public SessionScores StartSession() => new(Table, _recency);

    public void Score(in Query query, Span<float> scores)
    {
        scores.Clear();
        var history = query.History.Span;
        Span<float> weights = history.Length <= 256 ? stackalloc float[history.Length] : new float[history.Length];
        _recency.Weigh(query, weights);
        Table.AddRows(history, weights, scores);
        Kernels.ReplaceZeros(scores, float.NaN);
    }

    public void Explain(in Query query, int item, Span<float> contributions)
    {
        var history = query.History.Span;
        _recency.Weigh(query, contributions[..history.Length]);
        for (int n = 0; n < history.Length; n++) contributions[n] *= Table.Of(history[n], item);
    }

    public void Save(TensorWriter writer)
    {
        TrainerOptions.Save(writer, Options);
        writer.Add("users", Users);
        Table.Save(writer);
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => new ItemKnnModel(
        items, TrainerOptions.Load<ItemKnn>(file), SimilarityTable.Load(file),
        file.Array<long>("users"));
}
