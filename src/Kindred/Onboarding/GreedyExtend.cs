namespace Kindred.Onboarding;

/// <summary>
/// The best list for all users, extended by the card that lowers the error on past users most, given those before it.
/// N. Golbandi, Y. Koren, R. Lempel, "On Bootstrapping Recommender Systems", CIKM 2010 (GreedyExtend).
/// </summary>
/// <remarks>
/// The error is that of predicting from the answers, by least squares, who likes which card:
///   next = argmax Σ_j cov(i, j)² / cov(i, i), then cov(j, k) ← cov(j, k) − cov(j, i)·cov(i, k) / cov(i, i)
/// Departure: the paper leaves the predictor open and uses neighbours; with a linear one a step costs cards², and the list is that of
/// a pivoted Cholesky decomposition. Cost: users·cards·answers once, then cards² a card.
/// </remarks>
internal sealed class GreedyExtend : ICardChooser
{
    private readonly double[] _covariance; // [cards, cards]
    private readonly int _cards;

    public GreedyExtend(CardPool pool)
    {
        _cards = pool.Cards;
        _covariance = new double[_cards * _cards];
        double[] shares = pool.LikedShares();
        for (int user = 0; user < pool.Users; user++)
        {
            var row = pool.Answers.Row(user);
            for (int n = 0; n < row.Length; n++)
            {
                if (row.Values[n] <= 0) continue;
                for (int m = 0; m < row.Length; m++) if (row.Values[m] > 0) _covariance[(row.Columns[n] * _cards) + row.Columns[m]]++;
            }
        }
        for (int i = 0; i < _cards; i++)
            for (int j = 0; j < _cards; j++)
                _covariance[(i * _cards) + j] = (_covariance[(i * _cards) + j] / Math.Max(1, pool.Users)) - (shares[i] * shares[j]);
    }

    /// <summary>Whatever was answered, the list is the same; what was shown is conditioned on first.</summary>
    public ICardOrder Start(CardAnswers answers)
    {
        var order = new Order((double[])_covariance.Clone(), _cards);
        foreach (int card in answers.Picked.Concat(answers.Dismissed)) order.Take(card);
        return order;
    }

    private sealed class Order(double[] covariance, int cards) : ICardOrder
    {
        // of a card that those before it tell all about
        private const double Negligible = 1e-9;

        public (int Card, double Gain) Next(ReadOnlySpan<bool> allowed)
        {
            var (best, gain) = (-1, double.NegativeInfinity);
            for (int i = 0; i < cards; i++)
            {
                if (!allowed[i]) continue;
                double fallen = 0, variance = covariance[(i * cards) + i];
                if (variance > Negligible)
                {
                    foreach (double value in covariance.AsSpan(i * cards, cards)) fallen += value * value;
                    fallen /= variance;
                }
                if (fallen > gain) (best, gain) = (i, fallen);
            }
            if (best < 0) return (-1, 0);
            Take(best);
            return (best, gain);
        }

        public void Take(int i)
        {
            double variance = covariance[(i * cards) + i];
            if (variance <= Negligible) return;
            double[] column = covariance[(i * cards)..((i + 1) * cards)];
            for (int j = 0; j < cards; j++)
            {
                if (column[j] == 0) continue;
                double scale = column[j] / variance;
                var row = covariance.AsSpan(j * cards, cards);
                for (int k = 0; k < row.Length; k++) row[k] -= scale * column[k];
            }
        }
    }
}
