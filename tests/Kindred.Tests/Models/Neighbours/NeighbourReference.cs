using Kindred.Numerics;

namespace Kindred.Tests.Models.Neighbours;

/// <summary>Every similarity as its definition says, in plain loops over dense columns of doubles.</summary>
internal static class NeighbourReference
{
    /// <returns>[users, items]</returns>
    public static double[,] Dense(Interactions data)
    {
        var x = new double[data.Users.Count, data.Items.Count];
        for (int user = 0; user < data.Users.Count; user++)
        {
            var row = data.ByUser.Row(user);
            for (int n = 0; n < row.Length; n++) x[user, row.Columns[n]] = row.Values[n];
        }
        return x;
    }

    /// <returns>s(i, j); what is not positive is no similarity.</returns>
    public static double Similarity(ItemKnn options, double[,] x, int i, int j)
    {
        var (users, items) = (x.GetLength(0), x.GetLength(1));
        double[] activity = [.. Enumerable.Range(0, users).Select(u => (double)Enumerable.Range(0, items).Count(k => x[u, k] > 0))];
        double[] votes = [.. activity.Select(n => Math.Pow(Math.Max(1, n), -options.ActivityPenalty))];
        double[] idf = [.. activity.Select(n => Math.Max(0, Math.Log(items / (1 + n))))];
        if (Enumerable.Range(0, users).Count(u => x[u, i] > 0 && x[u, j] > 0) < options.MinimumOverlap) return 0;

        double Sum(Func<int, double> of) => Enumerable.Range(0, users).Sum(of);
        double Cosine(Func<int, int, double> weight)
        {
            double dot = Sum(u => x[u, i] > 0 && x[u, j] > 0 ? weight(u, i) * weight(u, j) : 0);
            double Length(int k) => Math.Sqrt(Sum(u => x[u, k] > 0 ? weight(u, k) * weight(u, k) : 0));
            return dot > 0 ? dot / ((Length(i) * Length(j)) + options.Shrinkage!.Value) : 0;
        }
        double UserMean(int u) => Enumerable.Range(0, items).Sum(k => x[u, k]) / activity[u];
        double ItemMean(int k) => Sum(u => x[u, k]) / Enumerable.Range(0, users).Count(u => x[u, k] > 0);
        double Bm25(int u, int k)
        {
            double mean = Enumerable.Range(0, items).Sum(m => Sum(v => x[v, m])) / items, saturation = options.Bm25Saturation;
            double length = 1 - options.Bm25Length + (options.Bm25Length * Sum(v => x[v, k]) / mean);
            return idf[u] * x[u, k] * (saturation + 1) / (x[u, k] + (saturation * length));
        }
        double ni = Sum(u => x[u, i] > 0 ? votes[u] : 0), nj = Sum(u => x[u, j] > 0 ? votes[u] : 0);
        double both = Sum(u => x[u, i] > 0 && x[u, j] > 0 ? votes[u] : 0), all = Sum(u => activity[u] > 0 ? votes[u] : 0),
            shrink = options.Shrinkage!.Value;
        return options.Similarity switch
        {
            Kindred.Models.Neighbours.Similarity.Cosine => Cosine((u, k) => Math.Sqrt(votes[u]) * x[u, k]),
            Kindred.Models.Neighbours.Similarity.AdjustedCosine => Cosine((u, k) => Math.Sqrt(votes[u]) * (x[u, k] - UserMean(u))),
            Kindred.Models.Neighbours.Similarity.Pearson => Cosine((u, k) => Math.Sqrt(votes[u]) * (x[u, k] - ItemMean(k))),
            Kindred.Models.Neighbours.Similarity.TfIdf => Cosine((u, k) => idf[u] * Math.Sqrt(x[u, k])),
            Kindred.Models.Neighbours.Similarity.Bm25 => Sum(u => x[u, i] > 0 && x[u, j] > 0 ? Bm25(u, i) * Bm25(u, j) : 0),
            _ when both == 0 => 0,
            Kindred.Models.Neighbours.Similarity.Jaccard => both / (ni + nj - both + shrink),
            Kindred.Models.Neighbours.Similarity.Tversky =>
                both / (both + (options.TverskyAlpha * (ni - both)) + (options.TverskyBeta * (nj - both)) + shrink),
            Kindred.Models.Neighbours.Similarity.Conditional => both / ((ni * Math.Pow(nj, options.ConditionalExponent)) + shrink),
            Kindred.Models.Neighbours.Similarity.Lift => both / ((ni * nj / all) + shrink),
            Kindred.Models.Neighbours.Similarity.LogLikelihood => LogLikelihood(both, ni, nj, all),
            _ => both,
        };
    }

    // 2·Σ observed·ln(observed / expected) over the four cells
    private static double LogLikelihood(double both, double ni, double nj, double all)
    {
        if (both * all <= ni * nj) return 0;
        double Cell(double observed, double row, double column) =>
            observed > 1e-12 ? 2 * observed * Math.Log(observed * all / (row * column)) : 0;
        return Cell(both, ni, nj) + Cell(ni - both, ni, all - nj) + Cell(nj - both, all - ni, nj)
            + Cell(all - ni - nj + both, all - ni, all - nj);
    }
}
