using Kindred.Numerics;

namespace Kindred.Benchmarks;

internal static class TextVectors
{
    public static Matrix Of(IReadOnlyList<string> texts)
    {
        using var reader = new BinaryReader(File.OpenRead(Environment.GetEnvironmentVariable("VECTORS")!));
        var matrix = new Matrix(reader.ReadInt32(), reader.ReadInt32());
        if (matrix.Rows != texts.Count) throw new InvalidDataException($"{matrix.Rows} {texts.Count}");
        foreach (ref float value in matrix.Values.Span) value = reader.ReadSingle();
        return matrix;
    }
}
