namespace Kindred.Onboarding;

/// <summary>
/// Cards about which users disagree (entropy), and cards that many know and disagree about: HELF, the harmonic mean of entropy and
/// logarithm of frequency. A. Rashid, G. Karypis, J. Riedl, "Learning Preferences of New Users in Recommender Systems: An Information
/// Theoretic Approach", SIGKDD Explorations 2008.
/// </summary>
/// <remarks>
///   H(i) = −Σ p·lg p over the answers to i, LF(i) = lg n(i) / lg users, HELF(i) = 2·LF·H / (LF + H), H in units of its largest value
/// Departure: the answers are like and dislike, not the five ratings of the paper. Where nobody dislikes anything, as with clicks, they are
/// like and unknown, which the paper calls Entropy0.
/// </remarks>
internal static class Helf
{
    /// <summary>Entropy alone.</summary>
    public static RankedCards Entropy(CardPool pool) => new([.. Counts(pool).Select(count => Entropy(count.Liked, count.Of))]);

    /// <summary>Entropy and frequency.</summary>
    public static RankedCards From(CardPool pool) => new([.. Counts(pool).Select(count =>
    {
        double entropy = Entropy(count.Liked, count.Of), frequency = pool.Users > 1 ? Math.Log(count.Known) / Math.Log(pool.Users) : 0;
        return entropy + frequency > 0 ? 2 * entropy * frequency / (entropy + frequency) : 0;
    })]);

    /// <returns>[cards] How many like it, of how many answers, and how many know it.</returns>
    private static (int Liked, int Of, int Known)[] Counts(CardPool pool)
    {
        var (liked, known) = (new int[pool.Cards], new int[pool.Cards]);
        for (int n = 0; n < pool.Answers.Count; n++)
        {
            int card = pool.Answers.Indices.Span[n];
            known[card]++;
            if (pool.Answers.Values.Span[n] > 0) liked[card]++;
        }
        bool hasDislikes = liked.Sum() < known.Sum();
        return [.. liked.Zip(known, (likes, all) => (likes, hasDislikes ? all : pool.Users, all))];
    }

    private static double Entropy(int liked, int of)
    {
        double p = (double)liked / Math.Max(1, of);
        return p is <= 0 or >= 1 ? 0 : -(p * Math.Log2(p)) - ((1 - p) * Math.Log2(1 - p));
    }
}
