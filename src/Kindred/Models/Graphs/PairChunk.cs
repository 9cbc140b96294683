using Kindred.Models.Sampling;
using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Graphs;

/// <summary>
/// Some observed pairs of a batch: their loss, and its gradients by the embeddings of their users and of the items they are compared with.
/// A chunk is computed by one thread; gradients of many are added up in their order.
/// </summary>
internal sealed class PairChunk
{
    /// <summary>Pairs of a chunk; with the softmax they share their negatives.</summary>
    public const int Size = 256;

    private const int Tries = 20;

    private readonly LightGcn _options;
    private readonly SparseMatrix _observed;
    private readonly NegativeSampler _negatives;
    private readonly BatchItems _candidates;
    private readonly int[] _users; // [pairs]
    private readonly int[] _positives; // [pairs], slots of the candidates
    private readonly Matrix _x, _xGradient; // [pairs, d]
    private readonly Matrix _y, _yGradient; // [candidates, d]
    private readonly Matrix _scores; // [pairs, candidates]: at last the slopes of the loss
    private readonly float[] _xLengths, _yLengths, _shifts;
    private readonly MatrixProduct _product = new();
    private int _count;

    public PairChunk(LightGcn options, SparseMatrix observed, NegativeSampler negatives)
    {
        (_options, _observed, _negatives) = (options, observed, negatives);
        int d = options.Dimensions, draws = options.Loss == GraphLoss.Bpr ? Size * options.NegativeCount : options.NegativeCount;
        int most = Math.Min(observed.Columns, Size + draws);
        _candidates = new(observed.Columns);
        (_users, _positives) = (new int[Size], new int[Size]);
        (_x, _xGradient, _y, _yGradient, _scores) = (new(Size, d), new(Size, d), new(most, d), new(most, d), new(Size, most));
        (_xLengths, _yLengths, _shifts) = (new float[Size], new float[most], new float[most]);
    }

    /// <param name="pairs">[≤ Size], positions in the observed pairs.</param>
    /// <param name="users">[all pairs], the user of each.</param>
    /// <param name="embeddings">As they are scored.</param>
    /// <returns>The loss, summed.</returns>
    public double Learn(ReadOnlySpan<int> pairs, ReadOnlySpan<int> users, NodeMatrix embeddings, Rng rng)
    {
        _candidates.Clear();
        _count = pairs.Length;
        for (int n = 0; n < pairs.Length; n++)
        {
            _users[n] = users[pairs[n]];
            _positives[n] = _candidates.Add(
                _observed.Indices.Span[pairs[n]], _options.InBatchNegatives && _options.Loss == GraphLoss.Softmax ? 1 : 0);
        }
        return _options.Loss == GraphLoss.Bpr ? LearnPairwise(embeddings, rng) : LearnSoftmax(embeddings, rng);
    }

    /// <summary>Adds its gradients, and those of the penalty λ/2·|row|² of every row that a pair names.</summary>
    /// <param name="first">The first embeddings, which are penalized.</param>
    public void AddTo(NodeMatrix gradient, NodeMatrix penalty, NodeMatrix first)
    {
        for (int n = 0; n < _count; n++)
        {
            Kernels.AddScaled(1, _xGradient.Row(n), gradient.Users.Row(_users[n]));
            if (_options.Regularization == 0) continue;
            int item = _candidates[_positives[n]];
            Kernels.AddScaled(_options.Regularization, first.Users.Row(_users[n]), penalty.Users.Row(_users[n]));
            Kernels.AddScaled(_options.Regularization, first.Items.Row(item), penalty.Items.Row(item));
        }
        for (int n = 0; n < _candidates.Count; n++) Kernels.AddScaled(1, _yGradient.Row(n), gradient.Items.Row(_candidates[n]));
    }

    // −ln σ(x·y(positive) − x·y(negative)), for each negative of a pair
    private double LearnPairwise(NodeMatrix embeddings, Rng rng)
    {
        int[] others = new int[_count * _options.NegativeCount];
        for (int n = 0; n < others.Length; n++) others[n] = _candidates.Add(NotOf(_users[n / _options.NegativeCount], rng), 0);
        Gather(embeddings);
        _xGradient.Values.Span.Clear();
        _yGradient.Values.Span.Clear();
        double loss = 0;
        for (int n = 0; n < others.Length; n++)
        {
            int pair = n / _options.NegativeCount, positive = _positives[pair];
            ReadOnlySpan<float> x = _x.Row(pair), liked = _y.Row(positive), other = _y.Row(others[n]);
            float scale = 1 / _options.Temperature;
            var (slope, one) = Logistic.Of(scale * (Kernels.Dot(x, liked) - Kernels.Dot(x, other)));
            float by = scale * slope;
            loss += one;
            Kernels.AddScaled(-by, liked, _xGradient.Row(pair));
            Kernels.AddScaled(by, other, _xGradient.Row(pair));
            Kernels.AddScaled(-by, x, _yGradient.Row(positive));
            Kernels.AddScaled(by, x, _yGradient.Row(others[n]));
        }
        Finish();
        return loss / _options.NegativeCount;
    }

    // −ln of the softmax of the positive among the candidates that the user does not have
    private double LearnSoftmax(NodeMatrix embeddings, Rng rng)
    {
        for (int n = 0; n < _options.NegativeCount; n++) _candidates.Add(_negatives.Draw(rng), 1);
        Gather(embeddings);
        int candidates = _candidates.Count, d = _options.Dimensions;
        StridedMatrix x = StridedMatrix.Of(_x, _count, d), y = StridedMatrix.Of(_y, candidates, d);
        _product.Multiply(x, y.Transposed, _scores);
        double loss = 0;
        for (int n = 0; n < _count; n++) loss += SlopesOf(n, _scores.Row(n)[..candidates]);
        var slopes = StridedMatrix.Of(_scores, _count, candidates);
        _product.Multiply(slopes, y, _xGradient);
        _product.Multiply(slopes.Transposed, x, _yGradient);
        Finish();
        return loss;
    }

    private double SlopesOf(int pair, Span<float> scores)
    {
        int own = _positives[pair];
        var shifts = _shifts.AsSpan(0, scores.Length);
        // ln 0: not a negative
        for (int slot = 0; slot < shifts.Length; slot++)
            shifts[slot] = _candidates.Draws(slot) == 1 ? 0 : MathF.Log(_candidates.Draws(slot));
        foreach (int item in _observed.Row(_users[pair]).Columns)
            if (_candidates.SlotOf(item) is not BatchItems.Absent and int slot) shifts[slot] = float.NegativeInfinity;
        shifts[own] = 0;
        float scale = 1 / _options.Temperature, score = scale * scores[own];
        double total = SoftmaxRow.Apply(scores, shifts, scale, scale);
        scores[own] -= scale;
        return total - score;
    }

    private void Gather(NodeMatrix embeddings)
    {
        for (int n = 0; n < _count; n++) _xLengths[n] = Copy(embeddings.Users.Row(_users[n]), _x.Row(n));
        for (int n = 0; n < _candidates.Count; n++) _yLengths[n] = Copy(embeddings.Items.Row(_candidates[n]), _y.Row(n));
    }

    // returns the length
    private float Copy(ReadOnlySpan<float> from, Span<float> to)
    {
        from.CopyTo(to);
        if (!_options.Cosine) return 1;
        float length = MathF.Sqrt(Kernels.Dot(from, from));
        if (length > 0) foreach (ref float value in to) value /= length;
        return length;
    }

    // gradients by normalized rows become those by the rows: what is left across the row, over its length
    private void Finish()
    {
        if (!_options.Cosine) return;
        for (int n = 0; n < _count; n++) Across(_xGradient.Row(n), _x.Row(n), _xLengths[n]);
        for (int n = 0; n < _candidates.Count; n++) Across(_yGradient.Row(n), _y.Row(n), _yLengths[n]);
    }

    private static void Across(Span<float> gradient, ReadOnlySpan<float> row, float length)
    {
        Kernels.AddScaled(-Kernels.Dot(gradient, row), row, gradient);
        if (length > 0) foreach (ref float value in gradient) value /= length;
    }

    // an item the user did not have, if one is found soon
    private int NotOf(int user, Rng rng)
    {
        var had = _observed.Row(user).Columns;
        int item = _negatives.Draw(rng);
        for (int n = 1; n < Tries && had.BinarySearch(item) >= 0; n++) item = _negatives.Draw(rng);
        return item;
    }
}
