using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>
/// Scores a row of features by products of features and a small network beside them. R. Wang et al., "DCN V2: Improved Deep &amp; Cross
/// Network and Practical Lessons for Web-scale Learning to Rank Systems", WWW 2021, eq. 1, 3, 4: the parallel structure with full matrices.
/// </summary>
/// <remarks>
///   x₀ [w] = the row as <see cref="RowEncoding"/> has it, its categories by their rows of a table [rows, e]
///   x(l+1) = x₀ ∘ (W(l)·x(l) + b(l)) + x(l), W [w, w]; h₀ = x₀, h(l+1) = max(0, V(l)·h(l) + c(l))
///   score = ⟨u, (x of the last cross layer, h of the last hidden one)⟩
/// Without a constant, which orders nothing. Trained by Kindred.Neural, served here without a native library. Cost of a row: 2·w² flops a
/// cross layer, and those of the hidden layers. A row has the same score alone and among others.
/// </remarks>
internal sealed class CrossNetwork : IFeatureRanker
{
    /// <summary>Rows that go through together: their values fit the cache.</summary>
    private const int BlockRows = 128;

    private readonly RowEncoding _encoding;
    private readonly CrossLayers _layers;
    private readonly ScratchPool<Pass> _passes;

    internal CrossNetwork(RowEncoding encoding, CrossLayers layers) =>
        (_encoding, _layers, _passes) = (encoding, layers, new(() => new(encoding, layers)));

    public IReadOnlyList<string> Features => _encoding.Features;

    public void Score(Matrix rows, Span<double> scores)
    {
        if (rows.Rows != scores.Length)
            throw new ArgumentException($"{scores.Length} places do not hold the scores of {rows.Rows} rows.", nameof(scores));
        if (rows.Rows > 0 && rows.Columns != Features.Count)
            throw new ArgumentException($"A row has {rows.Columns} values, but the network has {Features.Count} features.", nameof(rows));
        using var pass = _passes.Take();
        for (int first = 0; first < scores.Length; first += BlockRows)
            pass.Scratch.Run(rows, first, scores.Slice(first, Math.Min(BlockRows, scores.Length - first)));
    }

    public void Save(TensorWriter writer)
    {
        _encoding.Save(writer);
        _layers.Save(writer);
    }

    /// <returns>The same network; its arrays stay in the file.</returns>
    /// <exception cref="InputException">The arrays do not make a network.</exception>
    public static CrossNetwork Load(TensorFile file)
    {
        var encoding = RowEncoding.Load(file);
        var layers = CrossLayers.Load(file);
        return layers.Fit(encoding) ? new(encoding, layers)
            : throw new InputException($"The network in {file.Path} is damaged: its layers do not fit each other; write it again.");
    }

    /// <summary>One thread's way through the layers, with its scratch memory.</summary>
    private sealed class Pass(RowEncoding encoding, CrossLayers layers)
    {
        private readonly MatrixProduct _product = new();
        private readonly Matrix _inputs = new(BlockRows, layers.Width), _crossed = new(BlockRows, layers.Width); // [block, w]
        private readonly Matrix _hidden = new(BlockRows, layers.Widest), _mapped = new(BlockRows, layers.Widest);
        private readonly int[] _places = new int[encoding.Columns];

        /// <param name="scores">[rows from the first on], overwritten.</param>
        public void Run(Matrix rows, int first, Span<double> scores)
        {
            int count = scores.Length, width = layers.Width;
            for (int n = 0; n < count; n++)
            {
                Fill(rows.Row(first + n), _inputs.Row(n));
                _inputs.Row(n).CopyTo(_crossed.Row(n));
                _inputs.Row(n).CopyTo(_hidden.Row(n));
            }
            foreach (var layer in layers.Cross)
            {
                Map(_crossed, width, layer, count);
                for (int n = 0; n < count; n++) Kernels.AddProducts(_inputs.Row(n), _mapped.Row(n)[..width], _crossed.Row(n));
            }
            int depth = width;
            foreach (var layer in layers.Hidden)
            {
                Map(_hidden, depth, layer, count);
                depth = layer.Weights.Rows;
                for (int n = 0; n < count; n++)
                {
                    var hidden = _hidden.Row(n);
                    var mapped = _mapped.Row(n);
                    for (int k = 0; k < depth; k++) hidden[k] = MathF.Max(0, mapped[k]);
                }
            }
            var output = layers.Output.Row(0);
            for (int n = 0; n < count; n++)
            {
                scores[n] = layers.Cross.Count > 0 ? Kernels.Dot(output[..width], _crossed.Row(n)) : 0;
                if (layers.Hidden.Count > 0) scores[n] += Kernels.Dot(output[^depth..], _hidden.Row(n)[..depth]);
            }
        }

        private void Fill(ReadOnlySpan<float> row, Span<float> inputs)
        {
            encoding.Encode(row, inputs[..encoding.Numbers], _places);
            int at = encoding.Numbers;
            foreach (int place in _places)
            {
                layers.Table.Row(place).CopyTo(inputs[at..]);
                at += layers.Table.Columns;
            }
        }

        // mapped ← x·Wᵀ + b
        private void Map(Matrix x, int depth, CrossLayers.Layer layer, int count)
        {
            var from = new StridedMatrix(x.Values.Span, count, depth, x.Columns);
            _product.Multiply(from, StridedMatrix.Of(layer.Weights, layer.Weights.Rows, depth).Transposed, _mapped);
            for (int n = 0; n < count; n++) Kernels.AddScaled(1, layer.Bias.Row(0), _mapped.Row(n)[..layer.Bias.Columns]);
        }
    }
}
