namespace Kindred.Storage;

/// <summary>The element types of the safetensors layout that we write.</summary>
internal static class TensorTypes
{
    public static string NameOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? "F32"
        : typeof(T) == typeof(double) ? "F64"
        : typeof(T) == typeof(Half) ? "F16"
        : typeof(T) == typeof(int) ? "I32"
        : typeof(T) == typeof(long) ? "I64"
        : typeof(T) == typeof(byte) ? "U8"
        : typeof(T) == typeof(sbyte) ? "I8"
        : typeof(T) == typeof(ushort) ? "BF16"
        : throw new ArgumentException($"Tensors of {typeof(T).Name} are not stored.");

    public static int? SizeOf(string name) => name switch
    {
        "F32" or "I32" => 4,
        "F64" or "I64" => 8,
        "BF16" or "F16" => 2,
        "U8" or "I8" => 1,
        _ => null,
    };
}
