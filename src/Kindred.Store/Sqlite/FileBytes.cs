namespace Kindred.Store.Sqlite;

/// <summary>Looks for bytes in a file.</summary>
internal static class FileBytes
{
    /// <returns>Whether they occur anywhere. O(length of the file): about a second for each GB.</returns>
    public static bool Contains(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
        byte[] buffer = new byte[(1 << 20) + bytes.Length];
        int kept = 0; // the end of the last block: an occurrence may lie across
        while (file.Read(buffer, kept, buffer.Length - kept) is > 0 and int count)
        {
            var block = buffer.AsSpan(0, kept + count);
            if (block.IndexOf(bytes) >= 0) return true;
            kept = Math.Min(bytes.Length - 1, block.Length);
            block[^kept..].CopyTo(buffer);
        }
        return false;
    }
}
