using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Sequences;

/// <summary>One thread's way through a <see cref="Transformer"/>, with its scratch memory.</summary>
internal sealed class TransformerPass : ISequencePass
{
    private readonly TransformerShape _shape;
    private readonly Matrix _items, _positions, _gain, _shift;
    private readonly Block[] _blocks;
    private readonly MatrixProduct _product = new();
    private readonly Matrix _x, _normal, _attended; // [length, d]
    private readonly Matrix _projected; // [length, 3·d]
    private readonly Matrix _hidden; // [length, h]
    private readonly Matrix _head; // [length, d / heads]
    private readonly Matrix _weights; // [length, length]
    private readonly float[] _shifts; // [length]
    private readonly int[] _known; // [length]: rows of the table of items

    public TransformerPass(TransformerShape shape, IReadOnlyDictionary<string, Matrix> arrays)
    {
        int length = shape.HistoryLength, d = shape.Dimensions;
        (_shape, _items, _positions, _gain, _shift) = (shape, arrays["items"], arrays["positions"], arrays["gain"], arrays["shift"]);
        _blocks = [.. Enumerable.Range(0, shape.Blocks).Select(block => Block.Of(block, arrays))];
        (_x, _normal, _attended) = (new(length, d), new(length, d), new(length, d));
        (_projected, _hidden, _head, _weights) = (new(length, 3 * d), new(length, shape.Hidden), new(length, d / shape.Heads),
            new(length, length));
        (_shifts, _known) = (new float[length], new int[length]);
    }

    private sealed record Block(
        Matrix Gain, Matrix Shift, Matrix Projection, Matrix ProjectionBias, Matrix Mixing, Matrix MixingBias,
        Matrix FeedGain, Matrix FeedShift, Matrix FeedIn, Matrix FeedInBias, Matrix FeedOut, Matrix FeedOutBias)
    {
        public static Block Of(int n, IReadOnlyDictionary<string, Matrix> arrays) => new(
            arrays[TransformerShape.AttentionGain(n)], arrays[TransformerShape.AttentionShift(n)],
            arrays[TransformerShape.Projection(n)], arrays[TransformerShape.ProjectionBias(n)],
            arrays[TransformerShape.OutProjection(n)], arrays[TransformerShape.MixingBias(n)],
            arrays[TransformerShape.FeedGain(n)], arrays[TransformerShape.FeedShift(n)],
            arrays[TransformerShape.MlpIn(n)], arrays[TransformerShape.FeedInBias(n)],
            arrays[TransformerShape.MlpOut(n)], arrays[TransformerShape.FeedOutBias(n)]);
    }

    /// <param name="history">Items, oldest first.</param>
    /// <param name="embedding">[d], overwritten when the result is true.</param>
    /// <returns>False when no item of the history was trained on.</returns>
    public bool TryRun(ReadOnlySpan<int> history, Span<float> embedding)
    {
        int length = Embed(history);
        if (length == 0) return false;
        for (int block = 0; block < _blocks.Length; block++)
            Run(_blocks[block], length, first: block == _blocks.Length - 1 ? length - 1 : 0);
        LayerNormalization.Apply(_x.Row(length - 1), _gain.Row(0), _shift.Row(0), embedding);
        return true;
    }

    // the last known items and, where it is asked for, the question; returns how many rows of x they take
    private int Embed(ReadOnlySpan<int> history)
    {
        int first = _known.Length;
        if (_shape.Reads == Attention.BothWays) _known[--first] = _shape.Items;
        int question = _known.Length - first;
        for (int n = history.Length - 1; n >= 0 && first > 0; n--)
            if (_items.Row(history[n]).ContainsAnyExcept(0)) _known[--first] = history[n];
        int length = _known.Length - first;
        if (length == question) return 0;
        float scale = MathF.Sqrt(_shape.Dimensions);
        for (int p = 0; p < length; p++)
        {
            _positions.Row(first + p).CopyTo(_x.Row(p));
            Kernels.AddScaled(scale, _items.Row(_known[first + p]), _x.Row(p));
        }
        return length;
    }

    /// <param name="first">The first position whose value is needed after this block.</param>
    private void Run(Block block, int length, int first)
    {
        int d = _shape.Dimensions;
        for (int p = 0; p < length; p++) LayerNormalization.Apply(_x.Row(p), block.Gain.Row(0), block.Shift.Row(0), _normal.Row(p));
        Multiply(_normal, 0, length, block.Projection, block.ProjectionBias, _projected);
        for (int head = 0; head < _shape.Heads; head++) Attend(head, length, first);
        Multiply(_attended, first, length, block.Mixing, block.MixingBias, _normal);
        for (int p = first; p < length; p++)
        {
            Kernels.AddScaled(1, _normal.Row(p), _x.Row(p));
            LayerNormalization.Apply(_x.Row(p), block.FeedGain.Row(0), block.FeedShift.Row(0), _normal.Row(p));
        }
        Multiply(_normal, first, length, block.FeedIn, block.FeedInBias, _hidden);
        for (int p = first; p < length; p++)
            foreach (ref float value in _hidden.Row(p)) value = MathF.Max(0, value);
        Multiply(_hidden, first, length, block.FeedOut, block.FeedOutBias, _attended);
        for (int p = first; p < length; p++) Kernels.AddScaled(1, _attended.Row(p)[..d], _x.Row(p));
    }

    // y ← x·Wᵀ + b, rows [first, length)
    private void Multiply(Matrix x, int first, int length, Matrix weights, Matrix bias, Matrix y)
    {
        if (first == length - 1)
        {
            Kernels.Multiply(weights, x.Row(first), y.Row(first));
        }
        else
        {
            var w = StridedMatrix.Of(weights, weights.Rows, weights.Columns);
            _product.Multiply(StridedMatrix.Of(x, length, x.Columns), w.Transposed, y);
        }
        for (int p = first; p < length; p++) Kernels.AddScaled(1, bias.Row(0), y.Row(p));
    }

    // attended[first.., the head's columns] ← softmax(Q·Kᵀ / √(d / heads))·V
    private void Attend(int head, int length, int first)
    {
        int d = _shape.Dimensions, width = d / _shape.Heads, rows = length - first;
        StridedMatrix queries = Part(0, first, rows), keys = Part(1, 0, length), values = Part(2, 0, length);
        _product.Multiply(queries, keys.Transposed, _weights);
        for (int r = 0; r < rows; r++)
        {
            int seen = _shape.Reads == Attention.Forwards ? first + r + 1 : length;
            var row = _weights.Row(r)[..length];
            SoftmaxRow.Apply(row[..seen], _shifts.AsSpan(0, seen), 1 / MathF.Sqrt(width), 1);
            row[seen..].Clear();
        }
        _product.Multiply(StridedMatrix.Of(_weights, rows, length), values, _head);
        for (int r = 0; r < rows; r++) _head.Row(r).CopyTo(_attended.Row(first + r)[(head * width)..]);

        StridedMatrix Part(int part, int from, int count) =>
            new(_projected.Values.Span[((from * 3 * d) + (part * d) + (head * width))..], count, width, 3 * d);
    }
}
