namespace Kindred.Onboarding;

/// <summary>
/// The cards whose embeddings pin down the user's embedding: greedily those that raise the determinant of the information matrix most
/// (D-optimal design), each as probable as it is that the user picks it.
/// N. Rubens, M. Elahi, M. Sugiyama, D. Kaplan, "Active Learning in Recommender Systems", Recommender Systems Handbook 2015; with
/// item embeddings N. Liu, X. Meng, C. Liu, Q. Yang, "Wisdom of the Better Few: Cold Start Recommendation via Representative Based Rating
/// Elicitation", RecSys 2011, without weights.
/// </summary>
/// <remarks>
///   A = Σ⁻¹ + Σ picked v·vᵀ/σ² + Σ chosen P·v·vᵀ/σ², next = argmax P(i)·log(1 + vᵀ·A⁻¹·v / σ²(i))
/// Σ is the covariance of past users' embeddings, P the share of them who like the card, σ² = P(1 − P). Vectors are turned so that Σ is the
/// identity. A dismissed card tells nothing here. Cost of a card: cards·d².
/// </remarks>
internal sealed class DOptimalCards : ICardChooser
{
    private readonly float[][] _vectors; // [cards][d], turned
    private readonly double[] _shares;

    public DOptimalCards(CardPool pool, CardFactors factors)
    {
        var root = CardFactors.Root(factors.Users, isCentred: true);
        _vectors = [.. Enumerable.Range(0, pool.Cards).Select(card => CardFactors.TransposedTimes(root, factors.Cards.Row(card)))];
        _shares = pool.LikedShares();
    }

    public ICardOrder Start(CardAnswers answers)
    {
        var order = new Order(_vectors, _shares);
        foreach (int card in answers.Picked) order.Take(card, 1);
        return order;
    }

    private sealed class Order : ICardOrder
    {
        private readonly float[][] _vectors;
        private readonly double[] _shares;
        private readonly double[,] _inverse; // A⁻¹

        public Order(float[][] vectors, double[] shares)
        {
            (_vectors, _shares) = (vectors, shares);
            int d = vectors.Length == 0 ? 0 : vectors[0].Length;
            _inverse = new double[d, d];
            for (int i = 0; i < d; i++) _inverse[i, i] = 1;
        }

        public (int Card, double Gain) Next(ReadOnlySpan<bool> allowed)
        {
            var (best, most) = (-1, double.NegativeInfinity);
            for (int card = 0; card < _vectors.Length; card++)
            {
                if (!allowed[card]) continue;
                double gain = _shares[card] * Math.Log(1 + (Dot(Times(_vectors[card]), _vectors[card]) / Noise(card)));
                if (gain > most) (best, most) = (card, gain);
            }
            if (best < 0) return (-1, 0);
            Take(best, _shares[best]);
            return (best, most);
        }

        /// <summary>A ← A + weight·v·vᵀ/σ², by J. Sherman and W. Morrison's formula.</summary>
        public void Take(int card, double weight)
        {
            double[] product = Times(_vectors[card]);
            double scale = weight / (Noise(card) + (weight * Dot(product, _vectors[card])));
            for (int i = 0; i < product.Length; i++)
                for (int j = 0; j < product.Length; j++) _inverse[i, j] -= scale * product[i] * product[j];
        }

        private double Noise(int card) => Math.Max(1e-6, _shares[card] * (1 - _shares[card]));

        private double[] Times(float[] v)
        {
            var product = new double[v.Length];
            for (int i = 0; i < v.Length; i++) for (int j = 0; j < v.Length; j++) product[i] += _inverse[i, j] * v[j];
            return product;
        }

        private static double Dot(double[] x, float[] y)
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++) sum += x[i] * y[i];
            return sum;
        }
    }
}
