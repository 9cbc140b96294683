using System.Runtime.InteropServices;
using System.Text;

namespace Kindred.Native.Tests.Onnx;

/// <summary>
/// A model in the ONNX format, written by hand after onnx.proto: y = x·w, with x [n, features] and w [features, columns]. Whoever reads the
/// numbers of the fields beside https://github.com/onnx/onnx/blob/main/onnx/onnx.proto sees all that is in it.
/// </summary>
internal sealed record OnnxFile(params float[] Weights)
{
    private const int Float = 1, OperatorSet = 13, Version = 8;

    public int Columns { get; init; } = 1;

    /// <summary>The first dimension of x; null: not fixed.</summary>
    public long? Batch { get; init; }

    /// <summary>Number of the type of x: 1 float32, 7 int64. The type of w stays float32.</summary>
    public int InputType { get; init; } = Float;

    /// <summary>True: there is an output z = y besides.</summary>
    public bool HasTwoOutputs { get; init; }

    public byte[] ToBytes()
    {
        int features = Weights.Length / Columns;
        byte[] weights = [.. Number(1, features), .. Number(1, Columns), .. Number(2, Float), .. Text(8, "w"),
            .. Field(9, MemoryMarshal.AsBytes<float>(Weights))];
        byte[] graph =
        [
            .. Field(1, Node("MatMul", ["x", "w"], "y")), .. HasTwoOutputs ? Field(1, Node("Identity", ["y"], "z")) : [],
            .. Text(2, "ranker"), .. Field(5, weights), .. Field(11, Value("x", InputType, Batch, features)),
            .. Field(12, Value("y", Float, Batch, Columns)), .. HasTwoOutputs ? Field(12, Value("z", Float, Batch, Columns)) : [],
        ];
        return [.. Number(1, Version), .. Field(7, graph), .. Field(8, Number(2, OperatorSet))];
    }

    private static byte[] Node(string kind, string[] inputs, string output) =>
        [.. inputs.SelectMany(input => Text(1, input)), .. Text(2, output), .. Text(4, kind)];

    private static byte[] Value(string name, int type, long? batch, long columns)
    {
        byte[] first = batch is { } fixedBatch ? Number(1, fixedBatch) : Text(2, "n");
        byte[] shape = [.. Field(1, first), .. Field(1, Number(1, columns))];
        return [.. Text(1, name), .. Field(2, Field(1, [.. Number(1, type), .. Field(2, shape)]))];
    }

    private static byte[] Text(int field, string text) => Field(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int field, ReadOnlySpan<byte> content) =>
        [.. Varint((field << 3) | 2), .. Varint(content.Length), .. content];

    private static byte[] Number(int field, long value) => [.. Varint(field << 3), .. Varint(value)];

    private static List<byte> Varint(long value)
    {
        List<byte> bytes = [];
        for (ulong rest = (ulong)value; ; rest >>= 7)
        {
            bytes.Add((byte)((rest & 0x7F) | (rest > 0x7F ? 0x80u : 0)));
            if (rest <= 0x7F) return bytes;
        }
    }
}
