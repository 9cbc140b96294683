using System.Buffers;

namespace Kindred.Import.Writing;

/// <summary>
/// Rows as bytes in memory: cells from left to right, then <see cref="EndRow"/>. For one thread; several together fill one
/// <see cref="RowFile"/>.
/// </summary>
public abstract class RowWriter
{
    private protected RowWriter() { }

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    internal ReadOnlySpan<byte> Written => Bytes.WrittenSpan;

    private protected ArrayBufferWriter<byte> Bytes { get; } = new(1 << 16);

    /// <summary>A cell without a value.</summary>
    public abstract void Missing();

    /// <param name="utf8">May be empty, which is not the same as missing.</param>
    public abstract void Text(ReadOnlySpan<byte> utf8);

    public abstract void Text(ReadOnlySpan<char> text);

    public abstract void Whole(long number);

    /// <param name="number">NaN and infinities: missing.</param>
    public abstract void Number(float number);

    /// <inheritdoc cref="Number(float)"/>
    public abstract void Number(double number);

    /// <param name="seconds">Unix time.</param>
    public abstract void Time(long seconds);

    public abstract void Texts(IReadOnlyList<string> texts);

    public abstract void Numbers(ReadOnlySpan<float> numbers);

    public abstract void EndRow();

    /// <returns>A text as it stands in the file: what comes in many rows is encoded once.</returns>
    internal abstract byte[] Encode(ReadOnlySpan<byte> utf8);

    /// <param name="cell">Of <see cref="Encode"/>.</param>
    internal abstract void Encoded(ReadOnlySpan<byte> cell);

    internal void Clear() => Bytes.ResetWrittenCount();
}
