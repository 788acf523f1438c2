/** The files of a message: fetched when somebody wants to see one, shown when it is a picture, else saved. */
import { useState } from 'react';
import type { Attachment } from '../chat/types.ts';
import { useSession, whyOf } from '../portal/load.ts';
import { fill, useInboxWords } from './words.ts';

export function Attachments({ files }: { readonly files: readonly Attachment[] }) {
  if (files.length === 0) return null;
  return (
    <ul className="mt-2 space-y-1.5">
      {files.map(file => (
        <li key={file.id}>
          <File file={file} />
        </li>
      ))}
    </ul>
  );
}

function File({ file }: { readonly file: Attachment }) {
  const words = useInboxWords();
  const { session } = useSession();
  const [url, setUrl] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const picture = file.type.startsWith('image/');
  const open = async () => {
    try {
      const { content, type } = await session.client.call('attachmentsGet', { attachmentId: file.id });
      const data = `data:${type};base64,${content}`;
      if (picture) return setUrl(data);
      const link = document.createElement('a');
      link.href = data;
      link.download = file.name;
      link.click();
    } catch (problem) {
      setError(whyOf(problem));
    }
  };
  return (
    <>
      {url ? (
        <img src={url} alt={file.name} className="max-h-80 max-w-full rounded-lg border border-line" />
      ) : (
        <button
          type="button"
          data-testid="attachment"
          onClick={() => void open()}
          className="min-h-9 max-w-full cursor-pointer truncate rounded-lg border border-line-strong px-3 font-medium text-sm hover:border-accent hover:text-accent"
        >
          {fill(picture ? words.showFile : words.saveFile, { name: file.name })} (
          {Math.ceil(file.bytes / 1_024)} KB)
        </button>
      )}
      <span role="alert" className="text-danger text-sm">
        {error}
      </span>
    </>
  );
}
