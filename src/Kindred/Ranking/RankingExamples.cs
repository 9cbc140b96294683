using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Splitting;

namespace Kindred.Ranking;

/// <summary>
/// What a ranker learns from: the candidates that a pipeline's sources would have proposed to each user, as of the training part, and which of them
/// the user took in the part that followed. Made point in time: sources and features know the training part alone.
/// </summary>
/// <param name="Rows">[candidates, features]</param>
/// <param name="Labels">[candidates]: 1 where the user took it, 0 elsewhere.</param>
/// <param name="Groups">Candidates of each user, in the order of the rows; they sum to the rows.</param>
/// <param name="Missed">Events of those users that no source proposed: they teach nothing.</param>
public sealed record RankingExamples(IReadOnlyList<string> Features, Matrix Rows, float[] Labels, int[] Groups, int Missed)
{
    /// <param name="pipeline">Its sources trained on the holdout's training part; its stages should remove what was seen, and not rank.</param>
    /// <param name="features">Bound to the holdout's training part.</param>
    /// <param name="most">Candidates of a user; those that the pipeline puts lowest are left out.</param>
    /// <exception cref="InputException">Nobody took a proposed item.</exception>
    public static RankingExamples From(Pipeline pipeline, FeatureSet features, Holdout holdout, int most, CancellationToken cancellation = default)
    {
        var (rows, labels, groups) = (new List<float>(), new List<float>(), new List<int>());
        int missed = 0;
        var block = new Matrix(most, features.Names.Count);
        for (int user = 0; user < holdout.Test.Users.Count; user++)
        {
            cancellation.ThrowIfCancellationRequested();
            var taken = holdout.Test.Histories.ItemsOf(user).Span;
            if (taken.IsEmpty) continue;
            var query = Query.Of(holdout.Known, user);
            HashSet<int> positives = [.. taken];
            int hits = pipeline.Ask(query, most, candidates =>
            {
                features.Write(query, candidates, block);
                int found = 0;
                foreach (int item in candidates.Items) if (positives.Contains(item)) found++;
                // a list without a hit, or of nothing else, has no order to learn
                if (found == 0 || found == candidates.Count) return found;
                foreach (int item in candidates.Items) labels.Add(positives.Contains(item) ? 1 : 0);
                rows.AddRange(block.Values.Span[..(candidates.Count * block.Columns)]);
                groups.Add(candidates.Count);
                return found;
            });
            missed += positives.Count - hits;
        }
        if (groups.Count == 0)
            throw new InputException("No user took an item that the sources proposed, so there is nothing to learn an order from; ask the sources for more.");
        return new(features.Names, new Matrix(labels.Count, features.Names.Count, rows.ToArray()), [.. labels], [.. groups], missed);
    }
}
