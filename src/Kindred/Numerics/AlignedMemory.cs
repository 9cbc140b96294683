using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kindred.Numerics;

/// <summary>Memory that starts on a cache line and never moves.</summary>
internal static class AlignedMemory
{
    /// <summary>Bytes: one cache line, one AVX-512 register.</summary>
    public const int Alignment = 64;

    /// <returns>[count] zeros, collected by the garbage collector like any array.</returns>
    public static Memory<T> Allocate<T>(int count) where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        var array = GC.AllocateArray<T>(checked(count + (Alignment / size)), pinned: true);
        nuint address;
        unsafe { address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)); }
        int skipped = (int)((Alignment - (address % Alignment)) % Alignment) / size;
        return array.AsMemory(skipped, count);
    }
}
