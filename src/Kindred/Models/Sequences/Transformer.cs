using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Sequences;

/// <summary>A history read by self-attention.</summary>
/// <remarks>
///   x(p) = √d·E[item] + P[L − n + p], of the last n ≤ L items that were trained on; in each block, with queries, keys, values of LN(x):
///   x ← x + W·softmax(QKᵀ/√(d/heads))·V + b;  x ← x + W₂·max(0, W₁·LN(x) + b₁) + b₂;  embedding = LN(x(last))
/// Of the last block only the last position is computed.
/// Cost of a query: (blocks − 1)·(8·n·d² + 4·n·d·h + 4·n²·d) + 4·n·d² flops.
/// </remarks>
internal sealed class Transformer(Vocabulary items, TransformerShape shape, IReadOnlyDictionary<string, Matrix> arrays)
    : SequenceModel<TransformerShape>(items, shape, arrays)
{
    protected override ISequencePass CreatePass(TransformerShape shape, IReadOnlyDictionary<string, Matrix> arrays) =>
        new TransformerPass(shape, arrays);

    public static Transformer Load(TensorFile file, Vocabulary items)
    {
        var (shape, arrays) = Read(file);
        return new(items, shape, arrays);
    }
}
