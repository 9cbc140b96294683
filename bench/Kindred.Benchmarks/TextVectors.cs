using Kindred.Numerics;
using Kindred.Text;

namespace Kindred.Benchmarks;

/// <summary>Texts as vectors of all-MiniLM-L6-v2, each text once: they are kept in the folder for temporary files.</summary>
internal static class TextVectors
{
    /// <returns>[texts, 384]; NaN where a text is empty.</returns>
    public static Matrix Of(IReadOnlyList<string> texts)
    {
        using var generator = new MiniLmGenerator(Environment.ProcessorCount);
        string cache = Path.Combine(Path.GetTempPath(), "kindred-benchmarks.vectors");
        var vectors = new TextEmbedder(generator) { Cache = cache }.EmbedAsync(texts).GetAwaiter().GetResult();
        var matrix = new Matrix(texts.Count, vectors.First(vector => vector is not null)!.Length);
        for (int row = 0; row < matrix.Rows; row++)
        {
            if (vectors[row] is { } vector) vector.CopyTo(matrix.Row(row));
            else matrix.Row(row).Fill(float.NaN);
        }
        return matrix;
    }
}
