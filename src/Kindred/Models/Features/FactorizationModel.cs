using Kindred.Data;
using Kindred.Models.Sampling;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>A factorization machine that was learned, folded into embeddings [d + 2].</summary>
/// <remarks>
/// The user's own columns are those of the user of the training data with the query's history; any other history is folded in:
/// <see cref="UserFoldIn"/> on its events, with negatives drawn from a generator forked from the seed and the history. Without a history
/// <see cref="Query.User"/> says who asks; it alone says whose attributes count, unless the query's context names some. The last two
/// numbers of an item's embedding are made small by a power of two, the query's large, so that the cosine of two items is that of their
/// factors.
/// </remarks>
/// <param name="users">[users], attributes.</param>
/// <param name="itemRows">[items], all that is known of each.</param>
/// <param name="popularity">[items], users of each in training.</param>
internal sealed class FactorizationModel(
    Vocabulary items, FactorizationMachine options, int seed, FeatureSpace space, FactorizationTable table, FeatureRows users,
    FeatureRows itemRows, ReadOnlyMemory<int> popularity, HistoryLookup histories) : IEmbeddingModel, IContextModel
{
    private const float Small = 1 / 1024f;

    /// <summary>What the last number of a query is multiplied by.</summary>
    public static float Unit => Small;

    // More negatives of each event than in training, which draws again in each epoch.
    private const int NegativeDraws = 4;

    private readonly Matrix _items = Fold(table, itemRows);
    private readonly QueryFeatures _features = new(space, users, options.HistoryLength);
    private readonly Lazy<NegativeSampler> _negatives = new(() => new(
        [.. Enumerable.Range(0, items.Count).Where(item => popularity.Span[item] > 0)], popularity.Span, options.NegativeExponent));

    public Vocabulary Items => items;

    public IReadOnlyCollection<string> ContextLabels => _features.ContextLabels;

    public IReadOnlyCollection<string> ContextNumbers => _features.ContextNumbers;

    public Matrix ItemEmbeddings => _items;

    public FactorizationMachine Options => options;

    public FeatureSpace Space => space;

    public FactorizationTable Table => table;

    /// <summary>How many users it was trained with.</summary>
    public int Users => users.Count;

    private int Dimensions => table.Dimensions;

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
        var sum = embedding[..Dimensions];
        double constant = table.Intercept + FactorizationSteps.Score(table, block.Columns, block.Values, sum);
        if (isNewHistory && Rows(query, sum, constant, hash) is { Count: > 0 } rows)
        {
            double[] user = UserFoldIn.Solve(
                rows, Penalties(query.ToSparseRow(items.Count).Count), options.Loss != FactorizationLoss.Squared);
            constant += user[^1];
            for (int n = 0; n < Dimensions; n++) constant += user[n] * sum[n];
            for (int n = 0; n < Dimensions; n++) sum[n] += (float)user[n];
            isKnown = true;
        }
        (embedding[Dimensions], embedding[Dimensions + 1]) = (1 / Small, (float)constant / Small);
        return isKnown;
    }

    public void Save(TensorWriter writer)
    {
        TrainerOptions.Save(writer, options);
        writer.Add<int>("seed", new[] { seed });
        writer.Add<float>("intercept", new[] { table.Intercept });
        writer.Add<float>("w", table.Weights());
        writer.Add("v", table.V);
        space.Save(writer);
        users.Save(writer, "userAttributes");
        itemRows.Save(writer, "itemFeatures");
        writer.Add("popularity", popularity);
        histories.Save(writer);
    }

    public static IModel Load(TensorFile file, Vocabulary items)
    {
        var options = TrainerOptions.Load<FactorizationMachine>(file);
        var weights = file.Array<float>("w").Span;
        var table = new FactorizationTable(weights.Length, options.Dimensions) { Intercept = file.Array<float>("intercept").Span[0] };
        for (int column = 0; column < weights.Length; column++) table.W(column) = weights[column];
        file.Matrix("v").Values.CopyTo(table.V.Values);
        return Of(new(
            items, options, file.Array<int>("seed").Span[0], FeatureSpace.Load(file, weights.Length), table,
            FeatureRows.Load(file, "userAttributes"),
            FeatureRows.Load(file, "itemFeatures"), file.Array<int>("popularity"), HistoryLookup.Load(file)));
    }

    // [items, d + 2]: T, w + pairs within the item, 1; zero where nothing is known
    private static Matrix Fold(FactorizationTable table, FeatureRows rows)
    {
        var folded = new Matrix(rows.Count, table.Dimensions + 2);
        for (int item = 0; item < rows.Count; item++)
        {
            if (rows.ColumnsOf(item).IsEmpty) continue;
            var embedding = folded.Row(item);
            embedding[^2] = Small * FactorizationSteps.Score(table, rows.ColumnsOf(item), rows.ValuesOf(item), embedding[..^2]);
            embedding[^1] = Small;
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

    // The rows that training would have made of the history, as the user's own columns see them.
    private List<FoldInRow> Rows(in Query query, ReadOnlySpan<float> sum, double constant, long hash)
    {
        var history = query.ToSparseRow(items.Count).Row(0);
        var rows = new List<FoldInRow>();
        var rng = new Rng((ulong)seed).Fork("fold in", hash);
        float mean = TrainingPairs.Mean(history.Values);
        for (int n = 0; n < history.Length; n++)
        {
            int item = history.Columns[n];
            if (popularity.Span[item] == 0) continue;
            if (options.Loss == FactorizationLoss.Squared)
            {
                rows.Add(Row(item, sum, constant, history.Values[n], 1));
                continue;
            }
            float weight = TrainingPairs.Relative(history.Values[n], mean), share = weight / NegativeDraws;
            bool isPair = options.Loss == FactorizationLoss.Bpr;
            var observed = Row(item, sum, constant, 1, weight);
            if (!isPair) rows.Add(observed);
            for (int draw = 0; draw < NegativeDraws * options.NegativeCount; draw++)
            {
                int other = _negatives.Value.Draw(rng);
                if (history.Columns.BinarySearch(other) >= 0) continue;
                var drawn = Row(other, sum, constant, 0, share);
                rows.Add(isPair ? Difference(observed, drawn, share) : drawn);
            }
        }
        return rows;
    }

    private FoldInRow Row(int item, ReadOnlySpan<float> sum, double constant, float target, float weight)
    {
        var embedding = _items.Row(item);
        var slopes = new float[Dimensions + 1];
        for (int n = 0; n < Dimensions; n++) slopes[n] = sum[n] + embedding[n];
        slopes[^1] = 1;
        return new(constant + (embedding[^2] / Small) + Kernels.Dot(sum, embedding[..^2]), slopes, target, weight);
    }

    private static FoldInRow Difference(FoldInRow better, FoldInRow worse, float weight) =>
        new(better.Offset - worse.Offset, [.. better.Slopes.Zip(worse.Slopes, (a, b) => a - b)], 1, weight);

    // As many rows as training made of an event, each with its share of the penalty.
    private double[] Penalties(int events)
    {
        int rows = options.Loss switch
        {
            FactorizationLoss.Squared => 1,
            FactorizationLoss.Bpr => 2 * options.NegativeCount,
            _ => 1 + options.NegativeCount,
        };
        double scale = rows * Math.Pow(events, options.FrequencyExponent);
        return [.. Enumerable.Repeat(options.Regularization * scale, Dimensions), options.LinearRegularization * scale];
    }
}
