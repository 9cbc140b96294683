using Kindred.Models.Sampling;
using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Sgd;

/// <summary>What one worker of <see cref="SampledSoftmax"/> does with a block, batch by batch, with its scratch memory.</summary>
internal sealed class SoftmaxBatch
{
    private readonly SampledSoftmax _options;
    private readonly FactorTable _rows;
    private readonly ReadOnlyMemory<int> _popularity;
    private readonly BatchItems _candidates;
    private readonly MatrixProduct _product = new();
    private readonly Matrix _users, _userGradients; // [batch, d]
    private readonly Matrix _items, _itemGradients; // [candidates, d]
    private readonly Matrix _scores; // [batch, candidates]
    private readonly float[] _userLengths, _itemLengths, _asNegative, _correction, _shifts, _penalties;

    public SoftmaxBatch(SampledSoftmax options, FactorTable rows, ReadOnlyMemory<int> popularity)
    {
        (_options, _rows, _popularity) = (options, rows, popularity);
        int d = rows.Y.Columns, batch = options.BatchSize, most = Math.Min(rows.Y.Rows, batch + options.NegativeCount);
        _candidates = new(rows.Y.Rows);
        (_users, _userGradients, _items, _itemGradients) = (new(batch, d), new(batch, d), new(most, d), new(most, d));
        _scores = new(batch, most);
        _userLengths = new float[batch];
        (_itemLengths, _asNegative, _correction, _shifts, _penalties) =
            (new float[most], new float[most], new float[most], new float[most], new float[most]);
    }

    public (double Loss, long Steps) Learn(PairBlock block, Rng rng)
    {
        double loss = 0;
        var pairs = block.Pairs;
        double popularity = 0, powers = 0;
        foreach (int item in block.Negatives.Items)
        {
            popularity += _popularity.Span[item];
            powers += Power(item);
        }
        for (int first = 0; first < pairs.Length; first += _options.BatchSize)
        {
            var batch = pairs[first..Math.Min(first + _options.BatchSize, pairs.Length)];
            Sample(block, batch, rng);
            Correct(batch.Length, popularity, powers);
            Gather(batch);
            loss += Gradients(block, batch);
            Apply(batch);
        }
        return (loss, pairs.Length);
    }

    // The candidates: positives of the batch, which need a row, and what is drawn.
    private void Sample(PairBlock block, ReadOnlySpan<ObservedPair> batch, Rng rng)
    {
        _candidates.Clear();
        foreach (ref readonly var pair in batch) _candidates.Add(pair.Item, _options.InBatchNegatives ? 1 : 0);
        for (int n = 0; n < _options.NegativeCount; n++) _candidates.Add(block.Negatives.Draw(rng), 1);
    }

    // q(j), the expected number of draws of an item, which is its probability up to a factor that all have in common
    private void Correct(int batch, double popularity, double powers)
    {
        double perUser = _options.InBatchNegatives ? batch / popularity : 0, perPower = _options.NegativeCount / powers;
        for (int slot = 0; slot < _candidates.Count; slot++)
        {
            int item = _candidates[slot];
            _correction[slot] = _options.LogQCorrection ? (float)-Math.Log((perUser * _popularity.Span[item]) + (perPower * Power(item)))
                : 0;
            _asNegative[slot] = MathF.Log(_candidates.Draws(slot)) + _correction[slot]; // −∞ for a positive that was not drawn
        }
    }

    private double Power(int item) => _options.NegativeExponent == 0 ? 1 : Math.Pow(_popularity.Span[item], _options.NegativeExponent);

    private void Gather(ReadOnlySpan<ObservedPair> batch)
    {
        for (int n = 0; n < batch.Length; n++) _userLengths[n] = Copy(_rows.X.Row(batch[n].User), _users.Row(n));
        for (int n = 0; n < _candidates.Count; n++) _itemLengths[n] = Copy(_rows.Y.Row(_candidates[n]), _items.Row(n));
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

    // the gradients of the batch's loss, uphill; returns the loss
    private double Gradients(PairBlock block, ReadOnlySpan<ObservedPair> batch)
    {
        int count = _candidates.Count, d = _items.Columns;
        double loss = 0;
        StridedMatrix x = StridedMatrix.Of(_users, batch.Length, d), y = StridedMatrix.Of(_items, count, d);
        _product.Multiply(x, y.Transposed, _scores);
        for (int n = 0; n < batch.Length; n++) loss += SlopesOf(block, batch[n], _scores.Row(n)[..count]);
        var slopes = StridedMatrix.Of(_scores, batch.Length, count);
        _product.Multiply(slopes, y, _userGradients);
        _product.Multiply(slopes.Transposed, x, _itemGradients);
        return loss;
    }

    // scores become the slopes of the loss by the inner product; returns the loss
    private double SlopesOf(PairBlock block, in ObservedPair pair, Span<float> scores)
    {
        int own = _candidates.SlotOf(pair.Item);
        var shifts = _shifts.AsSpan(0, scores.Length);
        _asNegative.AsSpan(0, scores.Length).CopyTo(shifts);
        foreach (int item in block.ItemsOf(pair))
            if (_candidates.SlotOf(item) is not BatchItems.Absent and int slot) shifts[slot] = float.NegativeInfinity;
        if (_options.ExistingNegatives)
            for (int slot = 0; slot < shifts.Length; slot++)
                if (!block.Existed(_candidates[slot], pair)) shifts[slot] = float.NegativeInfinity;
        shifts[own] = _correction[own];

        float scale = 1 / _options.Temperature, score = (scale * scores[own]) + shifts[own];
        double total = SoftmaxRow.Apply(scores, shifts, scale, pair.Weight * scale);
        scores[own] -= pair.Weight * scale;
        return pair.Weight * (total - score);
    }

    private void Apply(ReadOnlySpan<ObservedPair> batch)
    {
        Array.Clear(_penalties);
        for (int n = 0; n < batch.Length; n++)
        {
            _rows.StepUser(batch[n].User, Downhill(_userGradients.Row(n), _users.Row(n), _userLengths[n]), 1);
            _penalties[_candidates.SlotOf(batch[n].Item)]++;
        }
        for (int n = 0; n < _candidates.Count; n++)
            _rows.StepItem(_candidates[n], Downhill(_itemGradients.Row(n), _items.Row(n), _itemLengths[n]), _penalties[n]);
    }

    // −gradient by the row; of a normalized row: what is left of it across the row, over the length
    private Span<float> Downhill(Span<float> gradient, ReadOnlySpan<float> row, float length)
    {
        if (_options.Cosine) Kernels.AddScaled(-Kernels.Dot(gradient, row), row, gradient);
        float factor = length > 0 ? -1 / length : -1;
        foreach (ref float value in gradient) value *= factor;
        return gradient;
    }
}
