using Kindred.Data;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Storage;

namespace Kindred.Models.Sequences;

/// <summary>The sizes of a <see cref="GatedRecurrence"/>, and the arrays it is made of.</summary>
/// <param name="HistoryLength">L: the most recent items that are looked at.</param>
/// <param name="Dimensions">d, of items and of what is remembered.</param>
internal sealed record RecurrenceShape(int Items, int HistoryLength, int Dimensions, int Layers) : ISequenceShape
{
    /// <summary>Name, rows and columns of every array; a vector has one row. Weights are [out, in]: reset, update, new.</summary>
    public IEnumerable<(string Name, int Rows, int Columns)> Arrays
    {
        get
        {
            yield return ("items", Items, Dimensions);
            for (int layer = 0; layer < Layers; layer++)
            {
                yield return (Input(layer), 3 * Dimensions, Dimensions);
                yield return (InputBias(layer), 1, 3 * Dimensions);
                yield return (Memory(layer), 3 * Dimensions, Dimensions);
                yield return (MemoryBias(layer), 1, 3 * Dimensions);
            }
        }
    }

    public static string Input(int layer) => $"{layer}.input";

    public static string InputBias(int layer) => $"{layer}.input.bias";

    public static string Memory(int layer) => $"{layer}.memory";

    public static string MemoryBias(int layer) => $"{layer}.memory.bias";
}

/// <summary>
/// A history read item by item, with gates that say what to remember: K. Cho et al., "Learning Phrase Representations using RNN
/// Encoder–Decoder for Statistical Machine Translation", EMNLP 2014. The embedding of a query is what is remembered at its end.
/// </summary>
/// <remarks>
///   r = σ(A_r·x + a_r + B_r·h + b_r);  z = σ(A_z·x + a_z + B_z·h + b_z);  n = tanh(A_n·x + a_n + r∘(B_n·h + b_n));  h ← (1 − z)∘n + z∘h
/// of the last L items that were trained on, from h = 0; what a layer remembers is what the next one reads.
/// Cost of a query: layers·length·12·d² flops.
/// </remarks>
internal sealed class GatedRecurrence(Vocabulary items, RecurrenceShape shape, IReadOnlyDictionary<string, Matrix> arrays)
    : SequenceModel<RecurrenceShape>(items, shape, arrays)
{
    protected override ISequencePass CreatePass(RecurrenceShape shape, IReadOnlyDictionary<string, Matrix> arrays) =>
        new Pass(shape, arrays);

    public static GatedRecurrence Load(TensorFile file, Vocabulary items)
    {
        var (shape, arrays) = Read(file);
        return new(items, shape, arrays);
    }

    private sealed class Pass(RecurrenceShape shape, IReadOnlyDictionary<string, Matrix> arrays) : ISequencePass
    {
        private readonly Matrix _x = new(shape.HistoryLength, shape.Dimensions);
        private readonly Matrix _read = new(shape.HistoryLength, 3 * shape.Dimensions); // A·x + a, of every item
        private readonly float[] _remembered = new float[3 * shape.Dimensions]; // B·h + b
        private readonly float[] _memory = new float[shape.Dimensions]; // h
        private readonly MatrixProduct _product = new();

        public bool TryRun(ReadOnlySpan<int> history, Span<float> embedding)
        {
            int length = Embed(history, arrays["items"]);
            if (length == 0) return false;
            for (int layer = 0; layer < shape.Layers; layer++) Run(layer, length);
            _memory.CopyTo(embedding);
            return true;
        }

        // the last items that were trained on, oldest first
        private int Embed(ReadOnlySpan<int> history, Matrix table)
        {
            int length = 0, first = history.Length;
            while (first > 0 && length < shape.HistoryLength)
                if (table.Row(history[--first]).ContainsAnyExcept(0)) length++;
            int at = 0;
            foreach (int item in history[first..])
            {
                var row = table.Row(item);
                if (row.ContainsAnyExcept(0)) row.CopyTo(_x.Row(at++));
            }
            return length;
        }

        private void Run(int layer, int length)
        {
            int d = shape.Dimensions;
            Matrix input = arrays[RecurrenceShape.Input(layer)], memory = arrays[RecurrenceShape.Memory(layer)];
            ReadOnlySpan<float> inputBias = arrays[RecurrenceShape.InputBias(layer)].Row(0),
                memoryBias = arrays[RecurrenceShape.MemoryBias(layer)].Row(0);
            _product.Multiply(StridedMatrix.Of(_x, length, d), StridedMatrix.Of(input, 3 * d, d).Transposed, _read);
            Array.Clear(_memory);
            for (int p = 0; p < length; p++)
            {
                var read = _read.Row(p);
                Kernels.AddScaled(1, inputBias, read);
                Kernels.Multiply(memory, _memory, _remembered);
                Kernels.AddScaled(1, memoryBias, _remembered);
                for (int n = 0; n < d; n++)
                {
                    float reset = Logistic(read[n] + _remembered[n]), update = Logistic(read[d + n] + _remembered[d + n]);
                    float fresh = MathF.Tanh(read[(2 * d) + n] + (reset * _remembered[(2 * d) + n]));
                    _memory[n] = ((1 - update) * fresh) + (update * _memory[n]);
                }
                _memory.CopyTo(_x.Row(p));
            }
        }

        private static float Logistic(float x) => 1 / (1 + MathF.Exp(-x));
    }
}
