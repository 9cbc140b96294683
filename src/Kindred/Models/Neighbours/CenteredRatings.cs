using Kindred.Numerics;

namespace Kindred.Models.Neighbours;

/// <summary>Ratings without what is expected of them.</summary>
internal static class CenteredRatings
{
    /// <returns>[users, items]: r − c of <see cref="RatingCenter"/>.</returns>
    public static SparseMatrix Of(SparseMatrix ratings, IRatingModel baseline, RatingCenter center, bool itemBased, TrainingContext context)
    {
        if (center == RatingCenter.None) return ratings;
        const int BlockUsers = 64;
        var means = MeansOf(ratings);
        var values = new float[ratings.Count];
        Blocks.ForEach(ratings.Rows, BlockUsers, context.Workers, () => new float[ratings.Columns], (_, first, end, centers) =>
        {
            for (int user = first; user < end; user++)
            {
                var row = ratings.Row(user);
                if (row.Length == 0) continue;
                int start = ratings.Starts.Span[user];
                var query = new Query(user, ratings.Indices.Slice(start, row.Length), ratings.Values.Slice(start, row.Length));
                Center(query, baseline, means, center, itemBased, centers);
                for (int n = 0; n < row.Length; n++) values[start + n] = row.Values[n] - centers[row.Columns[n]];
            }
        }, context.Cancellation);
        return new(ratings.Rows, ratings.Columns, ratings.Starts, ratings.Indices, values);
    }

    /// <param name="means">[items]</param>
    /// <param name="centers">[items], overwritten: c of each item for the query; NaN where nothing is known of it.</param>
    public static void Center(
        in Query query, IRatingModel baseline, ReadOnlySpan<float> means, RatingCenter center, bool itemBased, Span<float> centers)
    {
        if (center == RatingCenter.Baseline) baseline.Score(query, centers);
        else if (center == RatingCenter.None) centers.Clear();
        else if (itemBased) means.CopyTo(centers);
        else centers.Fill(MeanOf(query.Ratings.Span));
    }

    /// <returns>[columns]; NaN where there is no entry.</returns>
    public static float[] MeansOf(SparseMatrix matrix)
    {
        var sums = new double[matrix.Columns];
        var counts = new int[matrix.Columns];
        for (int n = 0; n < matrix.Count; n++)
        {
            sums[matrix.Indices.Span[n]] += matrix.Values.Span[n];
            counts[matrix.Indices.Span[n]]++;
        }
        return [.. sums.Select((sum, column) => (float)(sum / counts[column]))];
    }

    /// <returns>NaN of nothing.</returns>
    public static float MeanOf(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return (float)(sum / values.Length);
    }
}
