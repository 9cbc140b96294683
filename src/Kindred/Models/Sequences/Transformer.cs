using System.Collections.Concurrent;
using System.Text.Json;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Sequences;

/// <summary>
/// A history read by self-attention: the embedding of a query is what the last position knows. It is trained elsewhere, by Kindred.Neural;
/// here it is served, without any native library.
/// </summary>
/// <remarks>
///   x(p) = √d·E[item] + P[L − n + p], of the last n ≤ L items that were trained on; in each block, with queries, keys, values of LN(x):
///   x ← x + W·softmax(QKᵀ/√(d/heads))·V + b;  x ← x + W₂·max(0, W₁·LN(x) + b₁) + b₂;  embedding = LN(x(last))
/// The order decides, weights and times are not looked at. Of the last block only the last position is computed.
/// Cost of a query: (blocks − 1)·(8·n·d² + 4·n·d·h + 4·n²·d) + 4·n·d² flops.
/// </remarks>
internal sealed class Transformer : IEmbeddingModel
{
    private readonly TransformerShape _shape;
    private readonly IReadOnlyDictionary<string, Matrix> _arrays;
    private readonly ConcurrentBag<TransformerPass> _idle = []; // as many as there are threads

    /// <param name="arrays">By the names of <see cref="TransformerShape.Arrays"/>; in "items" a row of zeros is an item nobody touched.</param>
    public Transformer(Vocabulary items, TransformerShape shape, IReadOnlyDictionary<string, Matrix> arrays)
    {
        foreach (var (name, rows, columns) in shape.Arrays)
            if (arrays[name].Rows != rows || arrays[name].Columns != columns)
                throw new InputException($"Array '{name}' is {arrays[name].Rows} x {arrays[name].Columns} instead of {rows} x {columns}; write the model again.");
        (Items, _shape, _arrays) = (items, shape, arrays);
        var table = arrays["items"];
        ItemEmbeddings = new(shape.Items, shape.Dimensions, table.Values[..(shape.Items * shape.Dimensions)]);
    }

    public Vocabulary Items { get; }

    public Matrix ItemEmbeddings { get; }

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        if (!_idle.TryTake(out var pass)) pass = new(_shape, _arrays);
        bool isKnown = pass.TryRun(query.History.Span, embedding);
        _idle.Add(pass);
        return isKnown;
    }

    public void Save(TensorWriter writer)
    {
        writer.AddText("shape", JsonSerializer.Serialize(_shape, SealedFolder.Json));
        foreach (var (name, _, _) in _shape.Arrays) writer.Add(name, _arrays[name]);
    }

    public static Transformer Load(TensorFile file, Vocabulary items)
    {
        var shape = JsonSerializer.Deserialize<TransformerShape>(file.Text("shape"), SealedFolder.Json)!;
        return new(items, shape, shape.Arrays.ToDictionary(array => array.Name, array => file.Matrix(array.Name)));
    }
}
