using Kindred.Pipelines;

namespace Kindred.Reranking;

internal static class ScoredFirst
{
    /// <summary>Moves candidates without a score (NaN) to the end, so that no stage chooses them before one that has a score.</summary>
    /// <returns>How many have a score; those and the others keep their order.</returns>
    public static int MoveScoredFirst(this Candidates candidates)
    {
        var scores = candidates.Scores;
        var (first, last) = (new List<int>(scores.Length), new List<int>());
        bool isMoved = false;
        for (int place = 0; place < scores.Length; place++)
        {
            bool isScored = !float.IsNaN(scores[place]);
            isMoved |= isScored && last.Count > 0;
            (isScored ? first : last).Add(place);
        }
        if (isMoved) candidates.Reorder([.. first, .. last]);
        return first.Count;
    }
}
