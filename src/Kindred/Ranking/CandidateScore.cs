namespace Kindred.Ranking;

/// <summary>The score of a candidate: finite, or NaN where the ranker cannot tell.</summary>
internal static class CandidateScore
{
    public static float From(double score) => float.IsFinite((float)score) ? (float)score : float.NaN;
}
