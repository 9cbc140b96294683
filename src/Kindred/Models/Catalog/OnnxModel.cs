using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>Scores rows of features; higher is better. Any number of threads may call it.</summary>
/// <param name="rows">[n, features]; NaN: not known.</param>
/// <param name="scores">[n], overwritten.</param>
internal delegate void RowScorer(Matrix rows, Span<double> scores);

/// <summary>A ranker in the ONNX format, as it is kept; Kindred.Onnx runs it.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="Features">Names, in the order of the model's input.</param>
/// <param name="Input">Name of the input; null: there is one.</param>
/// <param name="Output">Name of the output; null: there is one.</param>
/// <param name="Missing">What stands for values that are not known.</param>
internal sealed record OnnxModel(ReadOnlyMemory<byte> Bytes, IReadOnlyList<string> Features, string? Input, string? Output, float Missing)
{
    public void Save(TensorWriter writer)
    {
        StringTable.From([.. Features]).Save(writer, "features");
        writer.Add("onnx", Bytes);
        writer.Add<float>("missing", new[] { Missing });
        if (Input is not null) writer.AddText("input", Input);
        if (Output is not null) writer.AddText("output", Output);
    }

    /// <exception cref="InputException">The file holds no such model.</exception>
    public static OnnxModel Load(TensorFile file)
    {
        var features = StringTable.Load(file, "features");
        return new(
            file.Array<byte>("onnx"), [.. Enumerable.Range(0, features.Count).Select(n => features[n])],
            file.Texts.GetValueOrDefault("input"), file.Texts.GetValueOrDefault("output"), file.Array<float>("missing").Span[0]);
    }
}
