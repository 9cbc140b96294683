using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Sequences;

/// <summary>
/// The sizes of a model of sequences, and the arrays it is made of: those who train it and those who serve it agree here.
/// </summary>
internal interface ISequenceShape
{
    int Items { get; }

    /// <summary>d</summary>
    int Dimensions { get; }

    /// <summary>Name, rows and columns of every array; a vector has one row. "items" begins with the embeddings of the items.</summary>
    IEnumerable<(string Name, int Rows, int Columns)> Arrays { get; }
}

/// <summary>One thread's way through a model of sequences, with its scratch memory.</summary>
internal interface ISequencePass
{
    /// <param name="history">Oldest first.</param>
    /// <param name="embedding">[d], overwritten where something of the history was trained on.</param>
    bool TryRun(ReadOnlySpan<int> history, Span<float> embedding);
}

/// <summary>
/// A history read in its order: what was read last is the embedding of a query. Such models are trained elsewhere, by Kindred.Neural; here
/// they are served, without any native library. Weights and times are not looked at. Immutable.
/// </summary>
internal abstract class SequenceModel<TShape> : IEmbeddingModel where TShape : ISequenceShape
{
    private readonly TShape _shape;
    private readonly IReadOnlyDictionary<string, Matrix> _arrays;
    private readonly ScratchPool<ISequencePass> _passes;

    /// <param name="arrays">By the names of <see cref="ISequenceShape.Arrays"/>; in "items" a row of zeros is an item nobody
    /// touched.</param>
    protected SequenceModel(Vocabulary items, TShape shape, IReadOnlyDictionary<string, Matrix> arrays)
    {
        foreach (var (name, rows, columns) in shape.Arrays)
            if (arrays[name].Rows != rows || arrays[name].Columns != columns)
                throw new InputException(
                    $"Array '{name}' is {arrays[name].Rows} x {arrays[name].Columns} instead of {rows} x {columns}; write the model " +
                    $"again.");
        (Items, _shape, _arrays) = (items, shape, arrays);
        _passes = new(() => CreatePass(_shape, _arrays));
        ItemEmbeddings = new(shape.Items, shape.Dimensions, arrays["items"].Values[..(shape.Items * shape.Dimensions)]);
    }

    private static JsonTypeInfo<TShape> Contract => SequenceJson.Kept.Options.ContractOf<TShape>();

    public Vocabulary Items { get; }

    public Matrix ItemEmbeddings { get; }

    protected abstract ISequencePass CreatePass(TShape shape, IReadOnlyDictionary<string, Matrix> arrays);

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        using var pass = _passes.Take();
        return pass.Scratch.TryRun(query.Liked.Span, embedding);
    }

    public void Save(TensorWriter writer)
    {
        writer.AddText("shape", JsonSerializer.Serialize(_shape, Contract));
        foreach (var (name, _, _) in _shape.Arrays) writer.Add(name, _arrays[name]);
    }

    protected static (TShape Shape, IReadOnlyDictionary<string, Matrix> Arrays) Read(TensorFile file)
    {
        var shape = JsonSerializer.Deserialize(file.Text("shape"), Contract)!;
        return (shape, shape.Arrays.ToDictionary(array => array.Name, array => file.Matrix(array.Name)));
    }
}
