using Kindred.Data;
using Kindred.Models.Sampling;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>A factorization machine that was learned, or the mean of several that were drawn, folded into embeddings.</summary>
/// <remarks>
/// An embedding is [d + 2] for each machine, one behind the other: the mean of their scores is one inner product.
/// The user's own columns are those of the user of the training data with the query's history; any other history is folded in by
/// <see cref="FactorizationFoldIn"/>, with negatives drawn from a generator forked from the seed and the history. Without a history
/// <see cref="Query.User"/> says who asks; it alone says whose attributes count, unless the query's context names some. The last two
/// numbers of an item's embedding are made small by a power of two, the query's large, so that the cosine of two items is that of their
/// factors.
/// </remarks>
/// <param name="machines">At least one.</param>
/// <param name="users">[users], attributes.</param>
/// <param name="itemRows">[items], all that is known of each.</param>
/// <param name="popularity">[items], users of each in training.</param>
internal sealed class FactorizationModel(
    Vocabulary items, FactorizationMachine options, int seed, FeatureSpace space, IReadOnlyList<FactorizationDraw> machines,
    FeatureRows users, FeatureRows itemRows, ReadOnlyMemory<int> popularity, HistoryLookup histories) : IEmbeddingModel, IContextModel
{
    /// <summary>What the last two numbers of an item's embedding are multiplied by.</summary>
    public const float Unit = 1 / 1024f;

    private readonly Matrix _items = Fold(machines, itemRows);
    private readonly QueryFeatures _features = new(space, users, options.HistoryLength);

    public Vocabulary Items => items;

    public IReadOnlyCollection<string> ContextLabels => _features.ContextLabels;

    public IReadOnlyCollection<string> ContextNumbers => _features.ContextNumbers;

    public Matrix ItemEmbeddings => _items;

    public FactorizationMachine Options => options;

    public FeatureSpace Space => space;

    public IReadOnlyList<FactorizationDraw> Machines => machines;

    /// <summary>How many users it was trained with.</summary>
    public int Users => users.Count;

    /// <summary>What is said of an item of which nothing is known, to a query of which nothing is known.</summary>
    public float Intercept => machines.Average(machine => machine.Table.Intercept);

    private FactorizationFoldIn FoldIn => field ??= new(options, seed, _items, popularity);

    /// <returns>The model as what it is for.</returns>
    public static IModel Of(FactorizationModel model) =>
        model.Options.Loss == FactorizationLoss.Squared ? new FactorizationRatings(model) : model;

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        var block = new FactorizationBlock();
        bool isNewHistory = AddUser(query, block, out long hash);
        _features.Add(query, block);
        bool isKnown = block.Pending > 0 || _features.IsEmpty;
        block.End(0, 1);
        var history = isNewHistory ? query.ToSparseRow(items.Count).Row(0) : default;
        for (int n = 0, first = 0; n < machines.Count; n++)
        {
            var table = machines[n].Table;
            var part = embedding.Slice(first, table.Dimensions + 2);
            var sum = part[..^2];
            double constant = table.Intercept + FactorizationSteps.Score(table, block.Columns, block.Values, sum);
            if (isNewHistory) isKnown |= FoldIn.TryAdd(history, hash, n, machines[n], sum, ref constant);
            (part[^2], part[^1]) = (1 / Unit, (float)constant / Unit);
            first += part.Length;
        }
        foreach (ref float value in embedding) value /= machines.Count;
        return isKnown;
    }

    /// <returns>What the query alone says: the score of an item whose features are all zero.</returns>
    public float ConstantOf(ReadOnlySpan<float> embedding)
    {
        float sum = 0;
        int width = embedding.Length / machines.Count;
        for (int end = width; end <= embedding.Length; end += width) sum += embedding[end - 1];
        return sum * Unit;
    }

    public void Save(TensorWriter writer)
    {
        TrainerOptions.Save(writer, options);
        writer.Add<int>("seed", new[] { seed });
        writer.Add<float>("intercept", machines.Select(machine => machine.Table.Intercept).ToArray());
        writer.Add<float>("w", machines.SelectMany(machine => machine.Table.Weights()).ToArray());
        writer.Add("v", Stacked(machines));
        if (machines[0].UserPenalties is not null)
            writer.Add<double>("userPenalties", machines.SelectMany(machine => machine.UserPenalties!).ToArray());
        space.Save(writer);
        users.Save(writer, "userAttributes");
        itemRows.Save(writer, "itemFeatures");
        writer.Add("popularity", popularity);
        histories.Save(writer);
    }

    public static IModel Load(TensorFile file, Vocabulary items)
    {
        var options = TrainerOptions.Load<FactorizationMachine>(file);
        var intercepts = file.Array<float>("intercept").Span;
        ReadOnlySpan<float> weights = file.Array<float>("w").Span, v = file.Matrix("v").Values.Span;
        var penalties = file.Contains("userPenalties") ? file.Array<double>("userPenalties").Span : default;
        int columns = weights.Length / intercepts.Length, d = options.Dimensions;
        var machines = new List<FactorizationDraw>();
        for (int n = 0; n < intercepts.Length; n++)
        {
            var table = new FactorizationTable(columns, d) { Intercept = intercepts[n] };
            for (int column = 0; column < columns; column++) table.W(column) = weights[(n * columns) + column];
            v.Slice(n * columns * d, columns * d).CopyTo(table.V.Values.Span);
            machines.Add(new(table, penalties.IsEmpty ? null : penalties.Slice(n * (d + 1), d + 1).ToArray()));
        }
        return Of(new(
            items, options, file.Array<int>("seed").Span[0], FeatureSpace.Load(file, columns), machines,
            FeatureRows.Load(file, "userAttributes"),
            FeatureRows.Load(file, "itemFeatures"), file.Array<int>("popularity"), HistoryLookup.Load(file)));
    }

    // [machines·columns, d]
    private static Matrix Stacked(IReadOnlyList<FactorizationDraw> machines)
    {
        if (machines.Count == 1) return machines[0].Table.V;
        var first = machines[0].Table.V;
        var stacked = new Matrix(machines.Count * first.Rows, first.Columns);
        for (int n = 0; n < machines.Count; n++)
            for (int column = 0; column < first.Rows; column++)
                machines[n].Table.V.Row(column).CopyTo(stacked.Row((n * first.Rows) + column));
        return stacked;
    }

    // [items, machines·(d + 2)]: T, w + pairs within the item, 1; zero where nothing is known
    private static Matrix Fold(IReadOnlyList<FactorizationDraw> machines, FeatureRows rows)
    {
        int width = machines[0].Table.Dimensions + 2;
        var folded = new Matrix(rows.Count, machines.Count * width);
        for (int item = 0; item < rows.Count; item++)
        {
            if (rows.ColumnsOf(item).IsEmpty) continue;
            for (int n = 0; n < machines.Count; n++)
            {
                var part = folded.Row(item).Slice(n * width, width);
                part[^2] = Unit * FactorizationSteps.Score(
                    machines[n].Table, rows.ColumnsOf(item), rows.ValuesOf(item), part[..^2]);
                part[^1] = Unit;
            }
        }
        return folded;
    }

    // The user. True where the history was not trained on, so that they have to be folded in.
    private bool AddUser(in Query query, FactorizationBlock block, out long hash)
    {
        hash = 0;
        if (space[FeatureSource.User] is not { } field) return false;
        int user = query.LearnedUser;
        if (!query.History.IsEmpty)
        {
            hash = HistoryLookup.HashOf(query.ToSparseRow(items.Count).Row(0));
            if (!histories.TryFind(hash, out user)) return true;
        }
        if (field.ColumnOf(user) is >= 0 and int column) block.Add(column, 1);
        return false;
    }
}
