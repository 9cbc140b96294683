namespace Kindred.Onboarding;

/// <summary>
/// A model's scores mixed with popularity while little is known of a user: after n events the model weighs n / (n + 5).
/// </summary>
internal static class PopularityBlend
{
    private const double HalfWeight = 5; // events at which both weigh the same

    public static double ModelWeight(int events, double halfWeight = HalfWeight) => events / (events + halfWeight);

    /// <summary>scores ← w·scores / largest + (1 − w)·popularity / largest. An item that the model cannot score has 0 of it.</summary>
    /// <param name="scores">[items]</param>
    /// <param name="popularity">[items] From 0.</param>
    public static void Mix(Span<float> scores, ReadOnlySpan<float> popularity, double modelWeight)
    {
        double model = modelWeight / Largest(scores), popular = (1 - modelWeight) / Largest(popularity);
        for (int item = 0; item < scores.Length; item++)
            scores[item] = (float)((model * (float.IsNaN(scores[item]) ? 0 : scores[item])) + (popular * popularity[item]));
    }

    private static double Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values) if (value > largest) largest = value;
        return largest > 0 ? largest : 1;
    }
}
