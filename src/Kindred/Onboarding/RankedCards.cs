using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>One list of cards for all users, the best by some score of each card alone.</summary>
/// <param name="scores">[cards] Higher is better.</param>
internal sealed class RankedCards(double[] scores) : ICardChooser
{
    private readonly int[] _order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(card => scores[card]).ThenBy(card => card)];

    /// <summary>Any card first.</summary>
    public static RankedCards Random(CardPool pool, int seed)
    {
        var rng = new Rng((ulong)seed).Fork("random cards");
        return new([.. Enumerable.Range(0, pool.Cards).Select(_ => rng.NextDouble())]);
    }

    /// <summary>The card that most users like first.</summary>
    public static RankedCards Popular(CardPool pool) => new(pool.LikedShares());

    public ICardOrder Start(CardAnswers answers) => new Order(_order, scores);

    private sealed class Order(int[] order, double[] scores) : ICardOrder
    {
        public (int Card, double Gain) Next(ReadOnlySpan<bool> allowed)
        {
            foreach (int card in order) if (allowed[card]) return (card, scores[card]);
            return (-1, 0);
        }
    }
}
