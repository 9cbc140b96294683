using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>
/// Cards by what is known after every answer: past users who would have answered alike count most, and the next card is one that is
/// likely to be picked, and whose answer is expected to lower the variance of the predicted scores much among them (A-optimal design:
/// N. Rubens, M. Elahi, M. Sugiyama, D. Kaplan, "Active Learning in Recommender Systems", Recommender Systems Handbook 2015). What a leaf
/// is in <see cref="BootstrappingTree"/>, any set of answers has here.
/// </summary>
/// <remarks>
/// With x(u) the embedding of a past user, q(u, i) = P(u picks i) = P(known)·P(like | u), and
///   w(u) ∝ (Π picked q · Π dismissed (1 − q))^T
///   P(i) = Σ w·q(i), c(i) = Σ w·q(i)·x − P(i)·mean, gain(i) = P(i)²·|c(i)|² / (P(i)·(1 − P(i)))
/// The fraction is P·(1 − P)·|mean if picked − mean if not|², the expected fall of the trace. P² stands for that a recommender learns
/// from picks: among 1, P^.5, P and P², the last did best on users of validation (docs/cold-start.md). |x|² is that of the scores of all
/// cards. Cards after the first are chosen given those before it, as a linear predictor would take them (see <see cref="GreedyExtend"/>).
/// P(known) is the share of past users who like the card, P(like | u) their score against the mean; T tempers answers, which are not
/// independent.
/// Cost: cards·users·(d + cards chosen) multiply-adds.
/// </remarks>
internal sealed class AdaptiveCards : ICardChooser
{
    private const float LeastChance = .002f, MostChance = .9f;

    private readonly Matrix _chances; // [cards, users] q
    private readonly Matrix _vectors; // [d, users] x, turned
    private readonly double _temper;

    /// <param name="temper">0…1: how much of an answer is believed; T.</param>
    public AdaptiveCards(CardPool pool, CardFactors factors, double temper = .5)
    {
        _temper = temper;
        _chances = ChancesOf(pool.LikedShares(), factors);
        var root = CardFactors.Root(factors.Cards, isCentred: false);
        _vectors = new(factors.Users.Columns, pool.Users);
        for (int user = 0; user < pool.Users; user++)
        {
            float[] turned = CardFactors.TransposedTimes(root, factors.Users.Row(user));
            for (int k = 0; k < turned.Length; k++) _vectors.Row(k)[user] = turned[k];
        }
    }

    public ICardOrder Start(CardAnswers answers) => new Order(this, WeightsFor(answers));

    /// <returns>[users] How much each past user counts; they sum to 1.</returns>
    internal float[] WeightsFor(CardAnswers answers)
    {
        var logs = new double[_chances.Columns];
        foreach (int card in answers.Picked)
        {
            var row = _chances.Row(card);
            for (int user = 0; user < row.Length; user++) logs[user] += Math.Log(row[user]);
        }
        foreach (int card in answers.Dismissed)
        {
            var row = _chances.Row(card);
            for (int user = 0; user < row.Length; user++) logs[user] += Math.Log(1 - row[user]);
        }
        double most = logs.Length == 0 ? 0 : logs.Max();
        double[] weights = Array.ConvertAll(logs, log => Math.Exp(_temper * (log - most)));
        double sum = weights.Sum();
        return Array.ConvertAll(weights, weight => (float)(weight / sum));
    }

    private static Matrix ChancesOf(double[] shares, CardFactors factors)
    {
        var chances = new Matrix(factors.Cards.Rows, factors.Users.Rows);
        for (int card = 0; card < chances.Rows; card++)
        {
            var row = chances.Row(card);
            double sum = 0;
            for (int user = 0; user < row.Length; user++)
            {
                row[user] = Math.Max(0, Kernels.Dot(factors.Users.Row(user), factors.Cards.Row(card)));
                sum += row[user];
            }
            double scale = sum > 0 ? shares[card] * row.Length / sum : 0;
            for (int user = 0; user < row.Length; user++) row[user] = Math.Clamp((float)(scale * row[user]), LeastChance, MostChance);
        }
        return chances;
    }

    private sealed class Order : ICardOrder
    {
        private readonly AdaptiveCards _cards;
        private readonly float[] _weights;
        private readonly double[] _means, _variances; // [cards] of the answers
        private readonly double[,] _effects; // [cards, d] c
        private readonly List<(double[] Column, double Variance)> _taken = []; // [cards] covariance with an answer, given those before

        public Order(AdaptiveCards cards, float[] weights)
        {
            (_cards, _weights) = (cards, weights);
            int count = cards._chances.Rows, d = cards._vectors.Rows;
            (_means, _variances, _effects) = (new double[count], new double[count], new double[count, d]);
            for (int card = 0; card < count; card++)
            {
                _means[card] = Kernels.Dot(cards._chances.Row(card), weights);
                _variances[card] = _means[card] * (1 - _means[card]);
            }
            var weighted = new float[weights.Length];
            for (int k = 0; k < d; k++)
            {
                var vectors = cards._vectors.Row(k);
                for (int user = 0; user < weighted.Length; user++) weighted[user] = weights[user] * vectors[user];
                double mean = 0;
                foreach (float value in weighted) mean += value;
                for (int card = 0; card < count; card++)
                    _effects[card, k] = Kernels.Dot(cards._chances.Row(card), weighted) - (_means[card] * mean);
            }
        }

        public (int Card, double Gain) Next(ReadOnlySpan<bool> allowed)
        {
            var (best, most) = (-1, double.NegativeInfinity);
            for (int card = 0; card < _means.Length; card++)
            {
                if (!allowed[card] || GainOf(card) is var gain && !(gain > most)) continue;
                (best, most) = (card, gain);
            }
            if (best < 0) return (-1, 0);
            Take(best);
            return (best, most);
        }

        private double GainOf(int card)
        {
            if (_variances[card] <= 1e-12) return 0;
            double squares = 0;
            for (int k = 0; k < _effects.GetLength(1); k++) squares += _effects[card, k] * _effects[card, k];
            return squares / _variances[card] * _means[card] * _means[card];
        }

        /// <summary>What the card's answer tells of the others and of the scores is told.</summary>
        private void Take(int card)
        {
            double variance = _variances[card];
            if (variance <= 1e-12) return;
            var chances = _cards._chances.Row(card);
            var weighted = new float[_weights.Length];
            for (int user = 0; user < weighted.Length; user++) weighted[user] = _weights[user] * chances[user];
            var column = new double[_means.Length];
            for (int other = 0; other < column.Length; other++)
            {
                column[other] = Kernels.Dot(_cards._chances.Row(other), weighted) - (_means[other] * _means[card]);
                foreach (var (before, of) in _taken) column[other] -= before[other] * before[card] / of;
            }
            column[card] = variance;
            _taken.Add((column, variance));
            double[] effect = [.. Enumerable.Range(0, _effects.GetLength(1)).Select(k => _effects[card, k])];
            for (int other = 0; other < column.Length; other++)
            {
                for (int k = 0; k < effect.Length; k++) _effects[other, k] -= column[other] / variance * effect[k];
                _variances[other] = Math.Max(0, _variances[other] - (column[other] * column[other] / variance));
            }
        }
    }
}
