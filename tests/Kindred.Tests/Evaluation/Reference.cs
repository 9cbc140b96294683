using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Tests.Evaluation;

/// <summary>
/// A second evaluator, straight from the definitions: plain loops, ids of pairs in sets, no sharing of anything between metrics.
/// </summary>
internal static class Reference
{
    /// <returns>Mean over users with a test item, by user-index filter.</returns>
    public static double Mean(string metric, Pipeline recommender, Interactions train, Interactions test, Func<int, bool> includes)
    {
        double sum = 0;
        int users = 0;
        for (int user = 0; user < test.Users.Count; user++)
        {
            int[] relevant = test.Histories.ItemsOf(user).ToArray().Distinct().ToArray();
            if (relevant.Length == 0 || !includes(user)) continue;
            int[] ranked = recommender.Recommend(Query.Of(train, user), 1000).Select(candidate => candidate.Item).ToArray();
            sum += Measure(metric, ranked, relevant);
            users++;
        }
        return sum / users;
    }

    public static double CoverageAt(int k, Pipeline recommender, Interactions train, Interactions test)
    {
        var covered = new HashSet<int>();
        for (int user = 0; user < test.Users.Count; user++)
            if (test.Histories.ItemsOf(user).Length > 0)
                foreach (var candidate in recommender.Recommend(Query.Of(train, user), k)) covered.Add(candidate.Item);
        return covered.Count / (double)train.Items.Count;
    }

    /// <param name="metric">"Name@K"</param>
    public static double Measure(string metric, int[] ranked, int[] relevant)
    {
        string[] parts = metric.Split('@');
        int k = int.Parse(parts[1]);
        return parts[0] switch
        {
            "HitRate" => AnyHit(ranked, relevant, k),
            "Recall" => HitsUpTo(k, ranked, relevant) / relevant.Length,
            "Precision" => HitsUpTo(k, ranked, relevant) / k,
            "NDCG" => Gain(ranked, relevant, k) / IdealGain(relevant.Length, k),
            "MAP" => AveragePrecision(ranked, relevant, k),
            "MRR" => ReciprocalRank(ranked, relevant, k),
            _ => throw new ArgumentException(metric),
        };
    }

    private static bool IsRelevant(int[] ranked, int[] relevant, int rank) =>
        rank <= ranked.Length && Array.IndexOf(relevant, ranked[rank - 1]) >= 0;

    private static double AnyHit(int[] ranked, int[] relevant, int k)
    {
        for (int rank = 1; rank <= k; rank++)
            if (IsRelevant(ranked, relevant, rank)) return 1;
        return 0;
    }

    private static double HitsUpTo(int k, int[] ranked, int[] relevant)
    {
        double hits = 0;
        for (int rank = 1; rank <= k; rank++)
            if (IsRelevant(ranked, relevant, rank)) hits++;
        return hits;
    }

    private static double Gain(int[] ranked, int[] relevant, int k)
    {
        double gain = 0;
        for (int rank = 1; rank <= k; rank++)
            if (IsRelevant(ranked, relevant, rank)) gain += Math.Log(2) / Math.Log(rank + 1);
        return gain;
    }

    private static double IdealGain(int relevant, int k)
    {
        double gain = 0;
        for (int rank = 1; rank <= k && rank <= relevant; rank++) gain += Math.Log(2) / Math.Log(rank + 1);
        return gain;
    }

    private static double AveragePrecision(int[] ranked, int[] relevant, int k)
    {
        double sum = 0;
        for (int rank = 1; rank <= k; rank++)
            if (IsRelevant(ranked, relevant, rank)) sum += HitsUpTo(rank, ranked, relevant) / rank;
        return sum / (relevant.Length < k ? relevant.Length : k);
    }

    private static double ReciprocalRank(int[] ranked, int[] relevant, int k)
    {
        for (int rank = 1; rank <= k; rank++)
            if (IsRelevant(ranked, relevant, rank)) return 1.0 / rank;
        return 0;
    }
}
