namespace Kindred.Numerics;

/// <summary>
/// Sums of doubles that are not negative, as digits of fixed places: whole numbers, so that what is added in any order and grouping comes
/// to the same bits. U. Kulisch, W. Miranker, "The Arithmetic of the Digital Computer: A New Approach", SIAM Review 1986.
/// </summary>
/// <remarks>Values are below 2⁶¹ and lose what is below 2⁻⁸⁸; there can be 2⁴² of them.</remarks>
internal static class ExactSum
{
    /// <summary>Numbers that are a sum; those of two sums add up.</summary>
    public const int Digits = 9;

    private const int DigitBits = 20, Lowest = -88, MantissaBits = 52, ExponentBias = 1075;

    /// <param name="sum">[<see cref="Digits"/>]</param>
    public static void Add(double value, Span<long> sum)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> MantissaBits);
        if (exponent == 0) return; // 0, or too small
        ulong mantissa = ((ulong)bits & ((1UL << MantissaBits) - 1)) | (1UL << MantissaBits);
        int place = exponent - ExponentBias - Lowest;
        if (place < 0) (mantissa, place) = (place > -64 ? mantissa >> -place : 0, 0);
        UInt128 rest = (UInt128)mantissa << (place % DigitBits);
        for (int digit = place / DigitBits; rest != 0; digit++, rest >>= DigitBits)
            sum[digit] += (long)((ulong)rest & ((1UL << DigitBits) - 1));
    }

    /// <summary>sums ← sums + more, of any number of sums.</summary>
    public static void Add(ReadOnlySpan<long> more, Span<long> sums)
    {
        for (int n = 0; n < more.Length; n++) sums[n] += more[n];
    }

    public static double ToDouble(ReadOnlySpan<long> sum)
    {
        double value = 0;
        for (int digit = Digits - 1; digit >= 0; digit--) value += Math.ScaleB(sum[digit], Lowest + (digit * DigitBits));
        return value;
    }
}
