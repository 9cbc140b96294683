namespace Kindred.Numerics;

/// <summary>
/// A hash of few values that is the same on every machine and in every version: FNV-1a, of G. Fowler, L. C. Noll and K.-P. Vo, over whole
/// values.
/// </summary>
internal static class Fnv1a
{
    private const ulong Offset64 = 14695981039346656037, Prime64 = 1099511628211;

    public static ulong Hash64(ReadOnlySpan<char> text)
    {
        ulong hash = Offset64;
        foreach (char c in text) hash = (hash ^ c) * Prime64;
        return hash;
    }

    public static ulong Hash64(ReadOnlySpan<int> numbers)
    {
        ulong hash = Offset64;
        foreach (int number in numbers) hash = (hash ^ (ulong)number) * Prime64;
        return hash;
    }

    public static uint Hash32(ReadOnlySpan<char> text)
    {
        uint hash = 2166136261;
        foreach (char c in text) hash = (hash ^ c) * 16777619;
        return hash;
    }
}
