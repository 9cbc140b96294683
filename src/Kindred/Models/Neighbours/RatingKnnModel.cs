using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Neighbours;

/// <summary>Averages the ratings of neighbours, each from its center.</summary>
/// <param name="means">[items], of the ratings; NaN where there is none.</param>
/// <param name="centered">[users, items]: r − c.</param>
/// <param name="compared">[users, items]: what similarities are computed from.</param>
/// <param name="table">Similar items; null: neighbours are users.</param>
internal sealed class RatingKnnModel(
    Vocabulary items, RatingKnn options, IRatingModel baseline, ReadOnlyMemory<float> means, SparseMatrix centered, SparseMatrix compared,
    SimilarityTable? table) : IRatingModel
{
    private const string OptionsName = "rating-knn"; // "options" are those of the baseline in the same file

    private readonly Lazy<SparseMatrix> _comparedByItem = new(() => compared.Transpose());

    public Vocabulary Items => items;

    public void Score(in Query query, Span<float> scores)
    {
        var distinct = query.ToRatingRow(items.Count);
        var asked = query with { History = distinct.Indices, Weights = distinct.Values };
        CenteredRatings.Center(asked, baseline, means.Span, options.Center, options.ItemBased, scores);
        if (table is not null) AddItems(asked, table, scores);
        else AddUsers(asked, scores);
    }

    public float FallbackScore(in Query query) => options.Center switch
    {
        RatingCenter.Mean when !query.Weights.IsEmpty => CenteredRatings.MeanOf(query.Ratings.Span),
        RatingCenter.Baseline => baseline.FallbackScore(query),
        _ => baseline.FallbackScore(default),
    };

    public void Save(TensorWriter writer)
    {
        TrainerOptions.Save(writer, options, OptionsName);
        baseline.Save(writer);
        writer.Add("means", means);
        if (table is not null)
        {
            table.Save(writer);
            return;
        }
        writer.Add("users", centered.Starts);
        writer.Add("items", centered.Indices);
        writer.Add("centered", centered.Values);
        writer.Add("compared", compared.Values);
    }

    internal static IModel Load(TensorFile file, Vocabulary items)
    {
        var options = TrainerOptions.Load<RatingKnn>(file, OptionsName);
        var baseline = (IRatingModel)Bias.Load(file, items);
        var means = file.Array<float>("means");
        var none = new SparseMatrix(0, items.Count, new int[1], default, default);
        if (options.ItemBased) return new RatingKnnModel(items, options, baseline, means, none, none, SimilarityTable.Load(file));
        var starts = file.Array<int>("users");
        SparseMatrix Of(string values) => new(starts.Length - 1, items.Count, starts, file.Array<int>("items"), file.Array<float>(values));
        return new RatingKnnModel(items, options, baseline, means, Of("centered"), Of("compared"), null);
    }

    // scores [items]: c, becomes the score: of each item, its neighbours from the best on until there are enough that the user rated
    private void AddItems(in Query query, SimilarityTable similar, Span<float> scores)
    {
        var history = query.History.Span;
        var residuals = new float[items.Count];
        Array.Fill(residuals, float.NaN);
        for (int n = 0; n < history.Length; n++) residuals[history[n]] = query.Ratings.Span[n] - scores[history[n]];
        for (int item = 0; item < scores.Length; item++)
        {
            var near = similar.NeighboursOf(item);
            var similarities = similar.SimilaritiesOf(item);
            double sum = 0, weight = 0;
            for (int n = 0, found = 0; n < near.Length && found < options.Neighbours; n++)
            {
                float residual = residuals[near[n]];
                if (float.IsNaN(residual)) continue;
                sum += similarities[n] * residual;
                weight += similarities[n];
                found++;
            }
            scores[item] = weight > 0 ? scores[item] + (float)(sum / weight) : float.NaN;
        }
    }

    // as above: users from the most similar on, each adds to the items they rated that do not have enough yet
    private void AddUsers(in Query query, Span<float> scores)
    {
        var pairs = new PairSums[compared.Rows];
        PairSums.AddAll(ComparedOf(query, scores).Row(0), _comparedByItem.Value, pairs);
        var (users, similarities) = options.Nearest(pairs, pairs.Length);
        double[] sums = new double[items.Count], weights = new double[items.Count];
        var found = new int[items.Count];
        for (int n = 0; n < users.Length; n++)
        {
            var row = centered.Row(users[n]);
            for (int m = 0; m < row.Length; m++)
            {
                int item = row.Columns[m];
                if (found[item]++ >= options.Neighbours) continue;
                sums[item] += similarities[n] * (double)row.Values[m];
                weights[item] += similarities[n];
            }
        }
        for (int item = 0; item < scores.Length; item++)
            scores[item] = weights[item] > 0 ? scores[item] + (float)(sums[item] / weights[item]) : float.NaN;
    }

    // [1, items]: the history as it is compared; items that nobody rated have no baseline and are in no other row
    private SparseMatrix ComparedOf(in Query query, ReadOnlySpan<float> centers)
    {
        var values = query.Ratings.ToArray();
        if (options.Similarity == RatingSimilarity.PearsonBaseline)
        {
            Span<float> baselines = new float[items.Count];
            if (options.Center == RatingCenter.Baseline) centers.CopyTo(baselines);
            else baseline.Score(query, baselines);
            for (int n = 0; n < values.Length; n++) values[n] -= baselines[query.History.Span[n]];
        }
        return new(1, items.Count, new[] { 0, values.Length }, query.History, values);
    }
}
